/**
 * A server on Node without a pool, as the peer of the benchmarks:
 * `node node-peer-main.ts APP MODE WORKERS` prints a JSON line when all workers listen. APP is a kind
 * of `peer-app.ts` or the URL of a handler module; with PEER_IDENTITY it speaks TLS. The modes:
 *
 * - `node` serves in the program itself.
 * - `cluster` forks by `node:cluster`, with its defaults.
 * - `fork` forks children that listen on one shared socket.
 * - `reuse-port` forks children that each have a socket of their own on the same port.
 * - `threads` starts `worker_threads` like those.
 * - `moved` starts `worker_threads` and moves each connection to the next of them by `postMessage()`: the
 *   least that Node itself takes where one thread accepts for others.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { isMainThread, type MessagePort, parentPort, Worker } from 'node:worker_threads';
import { createPeerServer, identityOfProgram } from './peer-app.ts';

const HOST = '127.0.0.1';
const BACKLOG = 65_535;

const [app = '', mode = '', count = '', role] = process.argv.slice(2);
const workers = Number(count);

/** Serves, and resolves with the port. */
async function serve(where: net.ListenOptions): Promise<number> {
  const server = await createPeerServer(app, identityOfProgram());
  await once(server.listen({ backlog: BACKLOG, ...where }), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Serves what is moved to this thread. Resolves with 0: it listens on no port. */
async function serveMoved(): Promise<number> {
  const server = await createPeerServer(app, identityOfProgram());
  parentPort?.on('message', (connection: net.Socket) => {
    connection.read(0);
    server.emit('connection', connection);
  });
  return 0;
}

/** Accepts for threads, and resolves with the port. */
async function acceptFor(threads: readonly Worker[]): Promise<number> {
  let next = 0;
  const server = net.createServer({ noDelay: true, pauseOnConnect: true }, (connection) => {
    // Node moves sockets, which its type declarations do not say yet.
    threads[next]?.postMessage(connection, [connection as unknown as MessagePort]);
    next = (next + 1) % threads.length;
  });
  await once(server.listen({ port: 0, host: HOST, backlog: BACKLOG }), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Resolves with the port that a worker tells. */
async function told(worker: ChildProcess | Worker): Promise<number> {
  const [port] = (await once(worker, 'message')) as [number];
  return port;
}

/** Starts one worker, which gives all the port, and then the others. */
async function startAll(start: (port: number) => ChildProcess | Worker): Promise<number> {
  const port = await told(start(0));
  await Promise.all(Array.from({ length: workers - 1 }, () => told(start(port))));
  return port;
}

function forkChild(port: number, stdio: readonly number[] = []): ChildProcess {
  return fork(fileURLToPath(import.meta.url), [app, mode, count, String(port)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', ...stdio],
  });
}

function startThread(port: number): Worker {
  return new Worker(new URL(import.meta.url), { argv: [app, mode, count, String(port)] });
}

async function startMode(): Promise<number> {
  switch (mode) {
    case 'node':
      return serve({ port: 0, host: HOST });
    case 'cluster': {
      const all = Array.from({ length: workers }, () => once(cluster.fork(), 'listening'));
      const [[address]] = (await Promise.all(all)) as [[AddressInfo]];
      return address.port;
    }
    case 'fork': {
      const bound = new net.BoundSocket({ port: 0, host: HOST });
      const descriptor = bound.fd();
      const children = Array.from({ length: workers }, () => forkChild(0, [descriptor]));
      const [port = 0] = await Promise.all(children.map(told));
      return port;
    }
    case 'reuse-port':
      return startAll(forkChild);
    case 'threads':
      return startAll(startThread);
    case 'moved': {
      const threads = Array.from({ length: workers }, () => startThread(0));
      await Promise.all(threads.map(told));
      return acceptFor(threads);
    }
    default:
      throw new TypeError(`Unknown mode '${mode}'`);
  }
}

if (cluster.isWorker) {
  await serve({ port: 0, host: HOST });
} else if (role === undefined) {
  const port = await startMode();
  process.stdout.write(
    `${JSON.stringify({ event: 'listening', value: { address: { address: HOST, port } } })}\n`,
  );
} else {
  if (isMainThread) {
    // Its program may have ended while it started.
    process.once('disconnect', () => process.exit());
    if (!process.connected) process.exit();
  }
  const shared = mode === 'fork' ? { fd: 4 } : { port: Number(role), host: HOST, reusePort: true };
  const port = mode === 'moved' ? await serveMoved() : await serve(shared);
  if (isMainThread) process.send?.(port);
  else parentPort?.postMessage(port);
}
