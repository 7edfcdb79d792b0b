// node:cluster by the usual recipe: a worker that ends is replaced, and a restart forks a new worker,
// waits until it listens, and disconnects an old one.
import cluster from 'node:cluster';
import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';

/** Starts a worker and waits until it listens. */
async function fork() {
  const worker = cluster.fork();
  const ended = new Promise((resolve) => worker.once('exit', () => resolve('ended')));
  const outcome = await Promise.race([once(worker, 'listening'), ended]);
  if (outcome === 'ended') throw new Error('a new worker ended');
  return worker;
}

if (cluster.isPrimary) {
  cluster.on('exit', (worker) => {
    if (!worker.exitedAfterDisconnect && worker.wasListening) void fork().catch(() => undefined);
  });
  cluster.on('listening', (worker) => (worker.wasListening = true));
  await Promise.all([fork(), fork()]);
  for await (const line of createInterface(process.stdin)) {
    if (line !== 'restart') continue;
    try {
      for (const worker of Object.values(cluster.workers)) {
        await fork();
        const exited = once(worker, 'exit');
        worker.disconnect();
        const timer = setTimeout(() => worker.kill('SIGKILL'), 10_000);
        await exited;
        clearTimeout(timer);
      }
      console.log('restarted');
    } catch (error) {
      console.log('failed', error.message);
    }
  }
} else {
  const { listener } = await import('./listener.mjs');
  http
    .createServer(listener)
    .listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
}
