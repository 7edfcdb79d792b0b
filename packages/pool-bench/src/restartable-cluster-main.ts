/**
 * A `node:cluster` server that restarts and resizes in the usual way: a new worker is forked, and
 * when it listens an old one is disconnected and, if it does not end by itself, killed:
 * `node restartable-cluster-main.ts HANDLER WORKERS`; the handler `fastify` is an application, which
 * is closed by `app.close()` before its worker is disconnected.
 *
 * @module
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import net from 'node:net';
import { fastify } from 'fastify';
import { obeyCommands } from './commanded-server.ts';

/** How long a disconnected worker may take, in milliseconds: the same as a pool's grace period. */
const GRACE_MS = 10_000;

const [handlerUrl = '', workers = '2'] = process.argv.slice(2);

async function fork(): Promise<Worker> {
  const worker = cluster.fork();
  await once(worker, 'listening');
  return worker;
}

async function retire(worker: Worker): Promise<void> {
  const exited = once(worker, 'exit');
  if (handlerUrl === 'fastify') worker.send('close');
  else worker.disconnect();
  const timer = setTimeout(() => worker.kill('SIGKILL'), GRACE_MS);
  await exited;
  clearTimeout(timer);
}

async function lead(): Promise<void> {
  let serving: Worker[] = [];
  cluster.once('listening', (_, address) => {
    const value = { address: { address: '127.0.0.1', port: address.port } };
    process.stdout.write(`${JSON.stringify({ event: 'listening', value })}\n`);
  });
  serving = await Promise.all(Array.from({ length: Number(workers) }, fork));
  await obeyCommands({
    restart: async () => {
      const old = serving;
      serving = await Promise.all(old.map(fork));
      await Promise.all(old.map(retire));
    },
    resize: async (size) => {
      while (serving.length < size) serving.push(await fork());
      await Promise.all(serving.splice(size).map(retire));
    },
  });
}

async function serveFastify(): Promise<void> {
  const app = fastify();
  app.get<{ Params: { name: string } }>('/hello/:name', ({ params }) => ({ hello: params.name }));
  process.once('message', () => void app.close().then(() => process.disconnect?.()));
  await app.listen({ port: 0, host: '127.0.0.1', backlog: 65_535 });
}

async function serve(): Promise<void> {
  if (handlerUrl === 'fastify') return serveFastify();
  const { default: handler } = (await import(handlerUrl)) as {
    default: (connection: net.Socket) => void;
  };
  const server = net.createServer({ noDelay: true }, (connection) => {
    connection.on('error', () => undefined);
    handler(connection);
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 65_535 });
}

await (cluster.isPrimary ? lead() : serve());
