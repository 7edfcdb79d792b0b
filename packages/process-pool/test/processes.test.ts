import { once } from 'node:events';
import { handlerUrl, LineClient, listeningPool } from '@sockpool/pool-compliance';
import { ProcessPool } from '@sockpool/process-pool';
import { expect, test } from 'vitest';
import { acceptingInWorkers as kind } from './fixtures/process-pools.ts';

/** One worker, with time enough to start on a busy machine. */
const alone = {
  handler: handlerUrl('commands'),
  workers: 1,
  closeOnSignals: false,
  bootTimeoutMs: 60_000,
};

test('Three workers with a limit of one connection share 90 clients, three at a time, evenly', async () => {
  const { pool, connect } = await listeningPool(kind, { workers: 3, maxConnectionsPerWorker: 1 });
  for (let round = 0; round < 30; round += 1) {
    const clients = await Promise.all([connect(), connect(), connect()]);
    // A worker that has one of them is full until all three have been served.
    const replies = await Promise.all(clients.map((client) => client.ask('echo hello')));
    expect(replies).toEqual(['HELLO', 'HELLO', 'HELLO']);
    await Promise.all(clients.map((client) => client.end()));
  }
  const { workers } = await pool.stats();
  expect(workers.map(({ report }) => report?.totalConnections)).toEqual([30, 30, 30]);
});

test('SIGKILL of one worker of three under a load of 300 connections cuts only its own connections', async () => {
  const { pool, connect } = await listeningPool(kind, {
    workers: 3,
    handler: handlerUrl('commands'),
  });
  const clients = await Promise.all(Array.from({ length: 300 }, connect));
  const owners = await Promise.all(clients.map((client) => client.ask('worker')));
  const [victim] = (await pool.stats()).workers;
  const own = owners.filter((owner) => owner === String(victim?.workerId)).length;
  let stopped = false;
  const served = clients.map(async (client, index) => {
    for (let round = 0; ; round += 1) {
      const reply = await client.ask(`echo ${index} ${round}`);
      if (reply === undefined) return 'cut';
      if (reply !== `${index} ${round}`) return `wrong: ${reply}`;
      if (stopped) return 'served';
    }
  });
  const replaced = once(pool, 'workerReady');
  process.kill(victim?.nativeId ?? 0, 'SIGKILL');
  const [worker] = await replaced;
  expect(worker).toMatchObject({ workerId: victim?.workerId });
  const newcomer = await connect();
  expect(await newcomer.ask('echo new')).toBe('NEW');
  stopped = true;
  const outcomes = await Promise.all(served);
  expect(outcomes.map((outcome) => outcome === 'cut')).toEqual(
    owners.map((owner) => owner === String(victim?.workerId)),
  );
  expect(outcomes.filter((outcome) => outcome === 'served')).toHaveLength(300 - own);
});

test('A worker gets the environment, the Node options and the folder it is given', async () => {
  const pool = new ProcessPool({
    ...alone,
    env: { ...process.env, SOCKPOOL_TEST: 'from the pool' },
    execArgv: ['--stack-trace-limit=7'],
    cwd: '/',
  });
  await using closing = pool;
  await using client = await LineClient.connect(await closing.listen());
  expect(await client.ask('env SOCKPOOL_TEST')).toBe('from the pool');
  expect(await client.ask('execArgv')).toBe('["--stack-trace-limit=7"]');
  expect(await client.ask('cwd')).toBe('/');
  await client.end();
});

test('restart() gives the workers another environment, other Node options and another folder', async () => {
  const pool = new ProcessPool({
    ...alone,
  });
  await using closing = pool;
  await closing.listen();
  await closing.restart({
    env: { ...process.env, SOCKPOOL_TEST: 'from the restart' },
    execArgv: ['--stack-trace-limit=8'],
  });
  // What is not given stays.
  await closing.restart({ cwd: '/' });
  await using client = await LineClient.connect(closing.address);
  expect(await client.ask('env SOCKPOOL_TEST')).toBe('from the restart');
  expect(await client.ask('execArgv')).toBe('["--stack-trace-limit=8"]');
  expect(await client.ask('cwd')).toBe('/');
  await client.end();
});

test('A restart with data that cannot be cloned fails, and leaves no process behind', async () => {
  const pool = new ProcessPool({
    ...alone,
  });
  await using closing = pool;
  await closing.listen();
  await expect(closing.restart({ workerData: () => undefined })).rejects.toMatchObject({
    code: 'ERR_RESTART_FAILED',
    message: expect.stringContaining('could not be cloned'),
  });
  expect((await closing.stats()).workers).toHaveLength(1);
  await using client = await LineClient.connect(closing.address);
  expect(await client.ask('echo on')).toBe('ON');
  await client.end();
});

test('An unknown accept mode is refused by name', () => {
  expect(
    () => new ProcessPool({ handler: handlerUrl('commands'), accept: 'nobody' as 'worker' }),
  ).toThrow(new TypeError("Option accept must be 'worker' or 'primary', got 'nobody'"));
});

test('A process that takes maxRssBytes of memory is replaced', async () => {
  const { pool } = await listeningPool(kind, { workers: 1, recycle: { maxRssBytes: 2 ** 20 } });
  const [[, reason], [, exit]] = await Promise.all([
    once(pool, 'workerRecycle'),
    once(pool, 'workerExit'),
  ]);
  expect(reason).toMatchObject({ limit: 'maxRssBytes' });
  expect(reason.value).toBeGreaterThan(2 ** 20);
  expect(exit).toMatchObject({ code: 0, expected: true });
});

test('Connections on their way to a worker that is killed are served by another, also when its channel outlives it', async () => {
  let handedOver = 0;
  const { pool, connect } = await listeningPool(
    { ...kind, options: { accept: 'primary' } },
    {
      handler: new URL('./fixtures/outlived-channel.ts', import.meta.url),
      workers: 1,
      scheduling: ([chosen]) => {
        handedOver += 1;
        return chosen;
      },
    },
  );
  const [worker] = (await pool.stats()).workers;
  const first = await connect();
  expect(await first.ask('hold')).toBe('hangs');
  const clients = [await connect(), await connect(), await connect()];
  const replies = clients.map((client) => client.ask('which'));
  await expect.poll(() => handedOver).toBe(4);
  process.kill(worker?.nativeId ?? 0, 'SIGKILL');
  await first.ended;
  const [successor, ...others] = await Promise.all(replies);
  expect(successor).toMatch(/^\d+$/);
  expect(successor).not.toBe(String(worker?.nativeId));
  expect(others).toEqual([successor, successor]);
});
