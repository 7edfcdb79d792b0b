import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

function answer(request: IncomingMessage, response: ServerResponse): void {
  response.end(request.url === '/' ? 'hello' : undefined);
}

const server = createServer(answer);
server.listen(Number(process.env['PORT'] ?? 3000), () => {
  console.log('listening on', server.address());
});
