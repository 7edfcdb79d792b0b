import { once } from 'node:events';
import net from 'node:net';
import { handlerUrl, LineClient } from '@sockpool/pool-compliance';
import { ProcessPool } from '@sockpool/process-pool';
import { type FirstWorker, forkFirstWorker } from '@sockpool/process-pool/first-worker';
import { expect, onTestFinished, test } from 'vitest';

const launch = { env: { ...process.env, SOCKPOOL_TEST: 'first' }, execArgv: [] };
const listen = [{ port: 0 }];

async function forked(): Promise<FirstWorker> {
  const firstWorker = await forkFirstWorker({ ...launch, listen });
  if (firstWorker === undefined) throw new Error('No worker was forked');
  onTestFinished(() => firstWorker.end());
  return firstWorker;
}

function poolWith(firstWorker: FirstWorker | undefined): ProcessPool {
  return new ProcessPool({
    ...launch,
    ...(firstWorker && { firstWorker }),
    handler: handlerUrl('commands'),
    workers: 2,
    closeOnSignals: false,
    bootTimeoutMs: 60_000,
  });
}

/** The process ids of a pool's workers, when each has served a client. */
async function served(pool: ProcessPool): Promise<(number | undefined)[]> {
  const [address] = await pool.listen(listen);
  if (typeof address !== 'object') throw new Error('It listens nowhere');
  await using client = await LineClient.connect(address);
  expect(await client.ask('env SOCKPOOL_TEST')).toBe('first');
  await client.end();
  return (await pool.stats()).workers.map(({ nativeId }) => nativeId);
}

test('A pool with the default options takes the worker that was forked before it', async () => {
  const firstWorker = await forked();
  const { pid } = firstWorker;
  await using pool = poolWith(firstWorker);
  const pids = await served(pool);
  expect(pids[0]).toBe(pid);
  expect(firstWorker.pid).toBeUndefined();
  // That of the pool serves on.
  firstWorker.end();
  expect((await pool.restart()).generation).toBe(1);
});

test('A pool that forks its workers otherwise ends it, and serves', async () => {
  const firstWorker = await forked();
  const { pid } = firstWorker;
  await using pool = new ProcessPool({
    ...launch,
    firstWorker,
    execArgv: ['--stack-trace-limit=7'],
    handler: handlerUrl('commands'),
    workers: 2,
    closeOnSignals: false,
    bootTimeoutMs: 60_000,
  });
  expect(await served(pool)).not.toContain(pid);
  expect(firstWorker.pid).toBeUndefined();
});

test('A worker that has ended before the pool is made is replaced by another one', async () => {
  const firstWorker = await forked();
  const { pid = 0 } = firstWorker;
  process.kill(pid, 'SIGKILL');
  while (firstWorker.pid !== undefined) await new Promise(setImmediate);
  await using pool = poolWith(firstWorker);
  expect(await served(pool)).not.toContain(pid);
});

test('An address that is taken, and workers that are debugged, are left to the pool', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as net.AddressInfo;
  expect(await forkFirstWorker({ ...launch, listen: [{ port: 0 }, { port }] })).toBeUndefined();
  const execArgv = ['--inspect=0'];
  expect(await forkFirstWorker({ ...launch, execArgv, listen })).toBeUndefined();
});

test('What no pool has taken frees its port when it is ended', async () => {
  const firstWorker = await forked();
  const bound = firstWorker.takeSocket({
    port: 0,
    host: '127.0.0.1',
    ipv6Only: false,
    backlog: 65_535,
  });
  const address = bound?.address();
  if (typeof address !== 'object') throw new Error('It is bound nowhere');
  bound?.close();
  firstWorker.end();
  const again = net.createServer().listen(address.port, address.address);
  await once(again, 'listening');
  again.close();
});
