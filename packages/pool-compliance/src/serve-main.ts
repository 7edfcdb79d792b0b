/**
 * A program with a pool in it, for tests of signals and of the primary's death:
 * `node serve-main.ts MODULE CLASS OPTIONS [LISTEN_OPTIONS]` prints a JSON line when it
 * listens and one when it has closed.
 *
 * @module
 */
import { DescriptorHog } from './descriptor-hog.ts';
import {
  type ListenOptions,
  type Logger,
  type PoolOptions,
  serveHealth,
  type WorkerPool,
} from '@sockpool/pool-core';

const [moduleUrl = '', className = '', options = '{}', where = '{}'] = process.argv.slice(2);
const module = (await import(moduleUrl)) as Record<
  string,
  new (options: PoolOptions) => WorkerPool
>;
const Pool = module[className];
if (Pool === undefined)
  throw new TypeError(`Cannot make a pool: '${moduleUrl}' does not export ${className}`);
const print = (event: string, value: unknown): void => {
  process.stdout.write(`${JSON.stringify({ event, value })}\n`);
};
const ignore = (): undefined => undefined;
const logger: Logger = {
  debug: ignore,
  info: ignore,
  warn: (message) => print('warn', message),
  error: (message) => print('error', message),
};
const pool = new Pool({
  ...(JSON.parse(options) as PoolOptions),
  ...(process.env['SOCKPOOL_TEST_LOG'] === 'stderr' ? {} : { logger }),
});
pool.on('workerExit', (worker, exit) => print('workerExit', { ...exit, worker: worker.workerId }));
pool.on('workerSpawnFailed', ({ error: { message }, ...failure }) =>
  print('workerSpawnFailed', { ...failure, message }),
);
if (process.env['SOCKPOOL_TEST_HOG'] === '1') {
  const hog = new DescriptorHog();
  // A thread that ends gives its own up, some of them after its end is told.
  pool.on('workerExit', () => hog.takeAgain());
  setInterval(() => hog.takeAgain(), 1).unref();
  process.once('SIGUSR1', () => {
    hog.take();
    process.once('SIGUSR1', () => hog.giveBack());
    print('hogging', null);
  });
}
pool.on('workerStuck', ({ worker }) => print('workerStuck', worker.workerId));
pool.on('workerReady', ({ workerId }) => print('workerReady', workerId));
pool.on('acceptError', (error) =>
  print('acceptError', 'code' in error ? error.code : error.message),
);
pool.on('closing', () => print('closing', null));
pool.on('acceptingStopped', () => print('acceptingStopped', null));
pool.on('upgraded', (pid) => print('upgraded', pid));
pool.on('upgradeFailed', ({ message }) => print('upgradeFailed', message));
pool.on('restarted', (report) => print('restarted', report));
pool.on('resized', (report) => print('resized', report));
pool.on('closed', (report) => print('closed', report));
const listening = pool.listen(JSON.parse(where) as ListenOptions | ListenOptions[]);
// From here on signals are the pool's.
print('starting', null);
await listening;
const health = process.env['SOCKPOOL_TEST_HEALTH'] === '1' ? await serveHealth(pool) : undefined;
const { workers } = await pool.stats();
print('listening', {
  pid: process.pid,
  address: pool.address,
  addresses: pool.addresses,
  healthPort: health?.address?.port,
  workers: workers.map(({ nativeId }) => nativeId),
});
