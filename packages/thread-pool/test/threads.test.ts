import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  handlerUrl,
  LineClient,
  listeningPool,
  oneClientPerWorker,
} from '@sockpool/pool-compliance';
import { ThreadPool } from '@sockpool/thread-pool';
import type { WorkerPool } from '@sockpool/pool-core';
import { expect, onTestFinished, test } from 'vitest';
import { acceptingInPrimary as kind } from './fixtures/thread-pools.ts';

const acceptModes = (['primary', 'worker'] as const).map((accept) => ({
  accept,
  options: { accept },
}));

/** Clients that never think take the machine from the workers that are to start, in milliseconds. */
const THINK_MS = 100;

/** One worker, with time enough to start on a busy machine. */
const alone = {
  handler: handlerUrl('commands'),
  workers: 1,
  closeOnSignals: false,
  bootTimeoutMs: 60_000,
};

/** Serves one client on each worker: an event loop opens a descriptor or two of its own with its first socket. */
async function warmUp(pool: WorkerPool, connect: () => Promise<LineClient>): Promise<void> {
  const clients = await oneClientPerWorker(connect, 2);
  await Promise.all(clients.map((client) => client.end()));
  await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(0);
}

/** Counts this process's descriptors, threads' included; where the system does not tell, always 0. */
async function openDescriptors(): Promise<number> {
  return process.platform === 'linux' ? (await readdir('/proc/self/fd')).length : 0;
}

test.each(acceptModes)(
  '10,000 connections with early data and half-close lose no byte and no descriptor, accept $accept',
  async ({ options }) => {
    const { pool, connect } = await listeningPool({ ...kind, options }, { workers: 2 });
    await warmUp(pool, connect);
    const before = await openDescriptors();
    const { totalConnections } = (await pool.stats()).total;
    const lanes = Array.from({ length: 20 }, async (_, lane) => {
      for (let round = 0; round < 500; round += 1) {
        const client = LineClient.start(pool.address);
        client.socket.end(`echo early ${lane} ${round}\n`);
        const reply = await client.next();
        const { errorCode } = await client.ended;
        if (reply !== `EARLY ${lane} ${round}` || errorCode !== undefined)
          return [reply, errorCode];
      }
      return 'right';
    });
    expect(await Promise.all(lanes)).toEqual(lanes.map(() => 'right'));
    await expect.poll(openDescriptors).toBeLessThanOrEqual(before);
    await expect
      .poll(async () => (await pool.stats()).total)
      .toMatchObject({
        totalConnections: totalConnections + 10_000,
        activeConnections: 0,
      });
  },
);

test.each(acceptModes)(
  '1,000 concurrent connections of 20 kB each get every byte right, and leak no descriptor, accept $accept',
  async ({ options }) => {
    const { pool, connect } = await listeningPool({ ...kind, options }, { workers: 2 });
    await warmUp(pool, connect);
    const before = await openDescriptors();
    const { totalConnections } = (await pool.stats()).total;
    const clients = await Promise.all(Array.from({ length: 1_000 }, connect));
    const wrong = await Promise.all(
      clients.map(async (client, index) => {
        const text = `${index} `.repeat(Math.ceil(20_000 / `${index} `.length)).slice(0, 19_999);
        const reply = await client.ask(`echo ${text}x`);
        const { errorCode } = await client.end();
        return reply === `${text}X` && errorCode === undefined ? 0 : 1;
      }),
    );
    expect(wrong.filter((count) => count > 0)).toEqual([]);
    await expect.poll(openDescriptors).toBeLessThanOrEqual(before);
    expect((await pool.stats()).total.totalConnections).toBe(totalConnections + 1_000);
  },
);

test.each(acceptModes)(
  '100 deaths of workers under a load of 200 connections cut only their own connections, accept $accept',
  async ({ options }) => {
    const { pool, connect } = await listeningPool(
      { ...kind, options },
      {
        workers: 4,
        respawn: { initialDelayMs: 1, maxDelayMs: 1, maxConsecutiveCrashes: Infinity },
      },
    );
    const stop = new AbortController();
    let deaths = 0;
    const dead = new Map<string, number>();
    pool.on('workerExit', (worker) => dead.set(String(worker.nativeId), worker.workerId));
    const problems: string[] = [];
    const lanes = Array.from({ length: 200 }, async (_, lane) => {
      while (!stop.signal.aborted) {
        const client = await connect();
        const native = (await client.ask('native'))?.split('/')[1];
        for (let round = 0; round < 20 && !stop.signal.aborted; round += 1) {
          const reply = await client.ask(`echo ${lane} ${round}`);
          if (reply === undefined) break;
          if (reply !== `${lane} ${round}`) problems.push(`wrong: ${reply}`);
          await pause(THINK_MS);
        }
        // Cut by the pool's side: then its worker must have died.
        if (client.socket.closed && native !== undefined) {
          await expect.poll(() => dead.has(native)).toBe(true);
        }
        await client.end();
      }
    });
    while (deaths < 100) {
      const exited = once(pool, 'workerExit');
      const killer = await connect();
      killer.send('exit 1');
      await exited;
      await killer.ended;
      deaths += 1;
    }
    stop.abort();
    await Promise.all(lanes);
    expect(problems).toEqual([]);
    await expect
      .poll(async () => (await pool.stats()).workers.map(({ state }) => state))
      .toEqual(['ready', 'ready', 'ready', 'ready']);
    expect((await pool.stats()).respawns).toBe(100);
    const last = await connect();
    expect(await last.ask('echo alive')).toBe('ALIVE');
  },
);

test('A thread that fills its heap is replaced, and the error says why', async () => {
  const pool = new ThreadPool({
    ...alone,
    workers: 2,
    respawn: { initialDelayMs: 1 },
    resourceLimits: { maxOldGenerationSizeMb: 24 },
  });
  await using closing = pool;
  await using victim = await LineClient.connect(await closing.listen());
  const exited = once(closing, 'workerExit');
  const replaced = once(closing, 'workerReady');
  victim.send('fill');
  const [, exit, error] = await exited;
  expect(exit).toMatchObject({ expected: false });
  expect(error).toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' });
  await victim.ended;
  await replaced;
  expect((await closing.stats()).workers.map(({ state }) => state)).toEqual(['ready', 'ready']);
});

test('A thread gets the environment, the Node options and the name it is given', async () => {
  const pool = new ThreadPool({
    ...alone,
    env: { SOCKPOOL_TEST: 'from the pool' },
    execArgv: ['--no-warnings'],
    workerName: (id) => `echo-${id}`,
  });
  await using closing = pool;
  await using client = await LineClient.connect(await closing.listen());
  expect(await client.ask('env SOCKPOOL_TEST')).toBe('from the pool');
  expect(await client.ask('execArgv')).toBe('["--no-warnings"]');
  expect(await client.ask('name')).toBe('echo-0');
  await client.end();
});

test('stats() shows that the event loop of every thread turns', async () => {
  const { pool } = await listeningPool(kind, { workers: 2 });
  for (const { heartbeatAgeMs } of (await pool.stats()).workers) {
    expect(heartbeatAgeMs).toBeLessThan(10_000);
  }
});

test('restart() gives the threads another environment and other names', async () => {
  const pool = new ThreadPool({
    ...alone,
  });
  await using closing = pool;
  await closing.listen();
  await closing.restart({
    env: { SOCKPOOL_TEST: 'from the restart' },
    workerName: () => 'renamed',
  });
  await closing.restart({ resourceLimits: { maxOldGenerationSizeMb: 64 } });
  await using client = await LineClient.connect(closing.address);
  expect(await client.ask('env SOCKPOOL_TEST')).toBe('from the restart');
  expect(await client.ask('name')).toBe('renamed');
  await client.end();
});

test('Threads cannot be recycled by the memory of the process that they share', () => {
  expect(
    () => new ThreadPool({ handler: handlerUrl('commands'), recycle: { maxRssBytes: 1e9 } }),
  ).toThrow(
    /^Cannot recycle threads by recycle.maxRssBytes 1000000000: .* use recycle.maxHeapBytes/,
  );
});

test.skipIf(process.platform === 'win32')(
  'A client that has waited is not lost when there is no file descriptor to move its connection with',
  async () => {
    const program = fileURLToPath(
      new URL('./fixtures/descriptorless-handoff-main.ts', import.meta.url),
    );
    const child = spawn('sh', ['-c', 'ulimit -n 120; exec "$0" "$1"', process.execPath, program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const address = JSON.parse((await lines.next()).value as string) as AddressInfo;
    const first = await LineClient.connect(address);
    expect(await first.ask('echo first')).toBe('FIRST');
    const waiting = await LineClient.connect(address);
    const reply = waiting.ask('echo waited');
    expect((await lines.next()).value).toBe('waits');
    const ended = first.end();
    expect((await lines.next()).value).toBe('gone');
    child.stdin.end();
    expect(await reply).toBe('WAITED');
    expect([await ended, await waiting.end()]).toEqual([
      { errorCode: undefined },
      { errorCode: undefined },
    ]);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  },
);

test.skipIf(process.platform !== 'linux')(
  'A connection that is lost on its way to a thread is closed, and its slot is free again',
  async () => {
    const program = fileURLToPath(new URL('./fixtures/lost-move-main.ts', import.meta.url));
    const child = spawn('sh', ['-c', 'ulimit -n 120; exec "$0" "$1"', process.execPath, program], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const entries = createInterface(child.stderr)[Symbol.asyncIterator]();
    const address = JSON.parse((await lines.next()).value as string) as AddressInfo;
    const lost = await LineClient.connect(address);
    // It waits for the one slot.
    const next = await LineClient.connect(address);
    const reply = next.ask('echo served');
    expect(await lost.ended).toEqual({ errorCode: undefined });
    expect((await entries.next()).value).toContain('1 connections have not reached a worker');
    expect(await reply).toBe('SERVED');
    await next.end();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  },
);
