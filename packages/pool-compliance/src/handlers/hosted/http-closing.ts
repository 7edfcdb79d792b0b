import http from 'node:http';
import { promisify } from 'node:util';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';

const server = http.createServer((_, response) => void response.end('hello'));

/** Hosts a server that is closed when its worker leaves, as one that listens would be. */
const handler: ConnectionHandler = serverHandler(server, {
  onDraining: () => promisify(server.close.bind(server))(),
});

export default handler;
