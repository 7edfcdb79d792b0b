import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

function hello(_request: IncomingMessage, response: ServerResponse): void {
  response.end('hello');
}

createServer(hello).listen({ port: 3000, host: '0.0.0.0' });
