import http from 'node:http';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';

/**
 * Answers after some milliseconds, now and then after many. `/slow?ms=5000` takes so long, `/fail`
 * breaks its handler's connection off, `/hang?ms=3000` lets the event loop stand still.
 */
const server = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const ms = Number(searchParams.get('ms'));
  if (pathname === '/hang') {
    const untilMs = performance.now() + ms;
    while (performance.now() < untilMs);
  }
  if (pathname === '/die') process.exit(3);
  const waitMs =
    pathname === '/slow' ? ms : 1 + 14 * Math.random() ** 3 + (Math.random() < 0.02 ? 90 : 0);
  setTimeout(() => response.end('hello\n'), waitMs);
});

const handler: ConnectionHandler = serverHandler(server);
export default handler;
