/**
 * The handler module of the dashboard's demo: an HTTP server some of whose answers take their time.
 *
 * @module
 */
import http from 'node:http';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';

/** What most answers take at most, and one in fifty, in milliseconds. */
const USUAL_MS = 15;
const SLOW_MS = 120;

const server = http.createServer((_request, response) => {
  const ms = Math.random() < 0.02 ? SLOW_MS : USUAL_MS * Math.random() ** 2;
  setTimeout(() => response.end('hello\n'), ms);
});

const handler: ConnectionHandler = serverHandler(server);
export default handler;
