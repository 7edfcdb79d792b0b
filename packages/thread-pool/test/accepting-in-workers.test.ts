import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { handlerUrl, listeningPool, type PoolKind } from '@sockpool/pool-compliance';
import { ThreadPool } from '@sockpool/thread-pool';
import { expect, test } from 'vitest';

const kind: PoolKind = {
  name: 'ThreadPool',
  Pool: ThreadPool,
  options: { accept: 'worker' },
  moduleUrl: import.meta.resolve('@sockpool/thread-pool'),
  unixSockets: false,
};

/** Counts this process's descriptors, threads' included; where the system does not tell, always 0. */
async function openDescriptors(): Promise<number> {
  return process.platform === 'linux' ? (await readdir('/proc/self/fd')).length : 0;
}

test('The clients that wait in the backlog when the only thread dies are served by its replacement', async () => {
  const { pool, connect } = await listeningPool(kind, { workers: 1, maxConnectionsPerWorker: 1 });
  const first = await connect();
  expect(await first.ask('echo full')).toBe('FULL');
  const waiting = await Promise.all(Array.from({ length: 30 }, connect));
  const exited = once(pool, 'workerExit');
  first.send('exit 1');
  await exited;
  const replies = waiting.map(async (client, index) => {
    const reply = await client.ask(`echo waited ${index}`);
    return [reply, (await client.end()).errorCode];
  });
  expect(await Promise.all(replies)).toEqual(
    waiting.map((_, index) => [`WAITED ${index}`, undefined]),
  );
});

test('Ten threads that end one after the other leave no descriptor behind', async () => {
  const { pool, connect } = await listeningPool(kind, {
    workers: 1,
    respawn: { initialDelayMs: 1, maxDelayMs: 1, maxConsecutiveCrashes: Infinity },
  });
  const dieAndReturn = async (): Promise<void> => {
    const ready = once(pool, 'workerReady');
    const client = await connect();
    client.send('exit 1');
    await ready;
    await client.ended;
  };
  await dieAndReturn();
  const before = await openDescriptors();
  for (let death = 0; death < 10; death += 1) await dieAndReturn();
  // The last copying process takes its channel along when it ends.
  await expect.poll(openDescriptors).toBeLessThanOrEqual(before);
  expect(await (await connect()).ask('echo alive')).toBe('ALIVE');
});

test('Workers that accept by themselves get the high water mark that was asked for', async () => {
  const { connect } = await listeningPool(kind, {
    workers: 1,
    maxConnectionsPerWorker: 1,
    connection: { highWaterMarkBytes: 4_321 },
  });
  for (let round = 0; round < 3; round += 1) {
    const client = await connect();
    expect(await client.ask('marks')).toBe('4321 4321');
    await client.end();
  }
});

test('A program that may start no process is told so by listen()', async () => {
  const program = `
    import { ThreadPool } from ${JSON.stringify(kind.moduleUrl)};
    const handler = new URL(${JSON.stringify(handlerUrl('commands').href)});
    const pool = new ThreadPool({ handler, accept: 'worker', execArgv: [] });
    await pool.listen().catch((error) => console.log(error.code, error.message, pool.state));
  `;
  const may = ['--permission', '--allow-fs-read=*', '--allow-worker'];
  // Newer than Node 24, which leaves the network to everyone.
  if (process.allowedNodeEnvironmentFlags.has('--allow-net')) may.push('--allow-net');
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...may,
    '--input-type=module',
    '--eval',
    program,
  ]);
  expect(stdout).toMatch(
    /^ERR_WORKER_BOOT Cannot start worker \d: Cannot copy the listening socket: Access .* closed\n$/,
  );
});

test('An unknown accept mode is refused by name', () => {
  expect(
    () => new ThreadPool({ handler: handlerUrl('commands'), accept: 'nobody' as 'worker' }),
  ).toThrow(new TypeError("Option accept must be 'worker' or 'primary', got 'nobody'"));
});
