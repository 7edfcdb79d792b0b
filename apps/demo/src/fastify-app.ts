/**
 * A Fastify app as a handler module: it runs on processes and on threads alike.
 *
 * @module
 */
import { isMainThread, threadId } from 'node:worker_threads';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';
import fastify from 'fastify';

const worker = isMainThread ? `process ${process.pid}` : `thread ${threadId}`;
const app = fastify();
app.get<{ Params: { name: string } }>('/hello/:name', (request) =>
  Promise.resolve({ hello: request.params.name, worker }),
);
await app.ready();

const handler: ConnectionHandler = serverHandler(app.server);
export default handler;
