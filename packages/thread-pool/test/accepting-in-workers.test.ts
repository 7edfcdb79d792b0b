import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { handlerUrl, LineClient, listeningPool } from '@sockpool/pool-compliance';
import { ThreadPool } from '@sockpool/thread-pool';
import { expect, onTestFinished, test } from 'vitest';
import { acceptingInWorkers as kind } from './fixtures/thread-pools.ts';

/** Counts this process's descriptors, threads' included; where the system does not tell, always 0. */
async function openDescriptors(): Promise<number> {
  return process.platform === 'linux' ? (await readdir('/proc/self/fd')).length : 0;
}

/** The children of this process that copy descriptors. */
async function copyingProcesses(): Promise<number[]> {
  const children = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8');
  const pids = children.split(' ').filter(Boolean);
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => lines[index]?.includes('copies-main')).map(Number);
}

/** Kills a process; false when it has just ended by itself. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    expect(error).toMatchObject({ code: 'ESRCH' });
    return false;
  }
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
    /^ERR_WORKER_SPAWN Cannot spawn worker \d: Cannot copy the listening socket: .*: Access .* closed\n$/,
  );
});

test('A restart whose workers cannot be made leaves no listener that nobody serves', async () => {
  const { pool, connect } = await listeningPool(kind, { workers: 2 });
  const { address } = pool;
  // A function cannot be cloned, so that no thread can be made.
  await expect(pool.restart({ workerData: () => undefined })).rejects.toMatchObject({
    code: 'ERR_RESTART_FAILED',
  });
  await expect(pool.resize(3)).resolves.toMatchObject({ workers: 3 });
  const clients = await Promise.all(Array.from({ length: 60 }, connect));
  const replies = await Promise.all(clients.map((client) => client.ask('echo served')));
  expect(replies).toEqual(clients.map(() => 'SERVED'));
  await Promise.all(clients.map((client) => client.end()));
  await pool.close();
  expect((await LineClient.start(address).ended).errorCode).toBe('ECONNREFUSED');
});

test('A restart and a resize are rejected when no listener can be copied, and the pool serves on', async () => {
  const { pool, connect } = await listeningPool(kind, { workers: 1 });
  const native = async (): Promise<string | undefined> => {
    const client = await connect();
    const answer = await client.ask('native');
    await client.end();
    return answer;
  };
  const before = await native();
  const { execPath } = process;
  process.execPath = '/nowhere/node';
  onTestFinished(() => {
    process.execPath = execPath;
  });
  const message = expect.stringMatching(/Cannot copy the listening socket: .*ENOENT/);
  await expect(pool.restart()).rejects.toMatchObject({ code: 'ERR_RESTART_FAILED', message });
  await expect(pool.resize(2)).rejects.toMatchObject({ code: 'ERR_RESIZE_FAILED', message });
  expect(await native()).toBe(before);
  process.execPath = execPath;
  await pool.restart();
  expect(await native()).not.toBe(before);
});

test('A copying process that preloads what sends messages copies all the same', async () => {
  const program = `
    import { ThreadPool } from ${JSON.stringify(kind.moduleUrl)};
    const handler = new URL(${JSON.stringify(handlerUrl('commands').href)});
    const pool = new ThreadPool({ handler, accept: 'worker', workers: 4, execArgv: [] });
    await pool.listen();
    await pool.restart();
    await pool.close();
    console.log('closed');
  `;
  const preload =
    "data:text/javascript,process.send?.('hello');process.on('message',()=>process.send?.({sockpoolCopy:null}))";
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { env: { ...process.env, NODE_OPTIONS: `--import="${preload}"` } },
  );
  expect(stdout).toBe('closed\n');
});

test.skipIf(process.platform !== 'linux')(
  'A copying process that is killed is replaced by another',
  async () => {
    const { pool } = await listeningPool(kind, { workers: 1 });
    let killed = false;
    while (!killed) {
      const over = new AbortController();
      const restarted = pool.restart().finally(() => over.abort());
      while (!over.signal.aborted && !killed) {
        for (const pid of await copyingProcesses()) killed ||= kill(pid);
      }
      await restarted;
    }
  },
);

test('An unknown accept mode is refused by name', () => {
  expect(
    () => new ThreadPool({ handler: handlerUrl('commands'), accept: 'nobody' as 'worker' }),
  ).toThrow(new TypeError("Option accept must be 'worker' or 'primary', got 'nobody'"));
});
