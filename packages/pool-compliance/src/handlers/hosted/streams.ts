import http from 'node:http';
import http2 from 'node:http2';
import {
  type ConnectionHandler,
  currentWorker,
  drainWebSockets,
  serverHandler,
} from '@sockpool/handler';
import { WebSocketServer } from 'ws';

const { generation, signal } = currentWorker() ?? {};

/** What responses of HTTP/1 and HTTP/2 have in common. */
interface EventStream {
  write(text: string): unknown;
  end(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

const streams = new Set<EventStream>();

/** Opens an event stream that ends when the worker leaves. */
const listener = (_: unknown, response: EventStream): void => {
  response.write(`data: ${generation}\n\n`);
  if (signal?.aborted === true) {
    response.end();
    return;
  }
  streams.add(response);
  response.once('close', () => streams.delete(response));
};
signal?.addEventListener('abort', () => {
  for (const stream of streams) stream.end();
});

const isHttp2 = new URL(import.meta.url).searchParams.get('http') === '2';
const server = isHttp2 ? http2.createServer(listener) : http.createServer(listener);

/** Hosts event streams, and over HTTP/1 WebSockets as well. */
const handler: ConnectionHandler = serverHandler(
  server,
  server instanceof http.Server
    ? { onDraining: drainWebSockets(new WebSocketServer({ server }), { spreadMs: 100 }) }
    : {},
);

export default handler;
