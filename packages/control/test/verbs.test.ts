import { once } from 'node:events';
import { changingHandler, greeting, LineClient } from '@sockpool/pool-compliance';
import { describe, expect, test, vi } from 'vitest';
import { ControlClient, ControlError, ControlRequestError } from '../src/index.ts';
import { ask } from './fixtures/ask.ts';
import { controlledPool } from './fixtures/controlled-pool.ts';
import { KINDS } from './fixtures/pools.ts';

describe.each(KINDS)('The verbs of $name', (kind) => {
  test('tell which program it is, how it is, and what it has counted', async () => {
    const { pool, client, connect } = await controlledPool(kind, {}, { name: 'shop' });
    const served = await connect();
    expect(await served.ask('echo on')).toBe('ON');
    expect(await client.about()).toMatchObject({ name: 'shop', pid: process.pid });
    const status = await client.status();
    expect(status).toMatchObject({
      name: 'shop',
      workerCount: 2,
      upgradable: 'upgrade' in pool,
      health: { state: 'listening', readiness: { ok: true } },
      stats: { total: { totalConnections: 1, messages: 1 }, addresses: pool.addresses },
    });
    expect(status.stats.workers.map(({ workerId }) => workerId)).toEqual([0, 1]);
    expect((await client.health()).workers).toHaveLength(2);
    expect((await client.stats()).respawns).toBe(0);
  });

  test('restart all workers, one worker, and change their number', async () => {
    const { client, pool } = await controlledPool(kind);
    expect(await client.restart()).toMatchObject({ generation: 1, workers: { drained: 2 } });
    expect(await client.restartWorker(1)).toMatchObject({ workerId: 1, step: 'drained' });
    expect(await client.resize(3)).toMatchObject({ workers: 3, previousWorkers: 2 });
    expect(pool.workerCount).toBe(3);
  });

  test('answer at once with wait=false, and tell the outcome by events', async () => {
    const { pool, path } = await controlledPool(kind);
    const restarted = once(pool, 'restarted');
    const reply = await ask(path, { method: 'POST', path: '/v1/restart?wait=false' });
    expect([reply.status, JSON.parse(reply.body)]).toEqual([202, { accepted: true }]);
    expect((await restarted)[0]).toMatchObject({ generation: 1 });
  });

  test('say of new code that does not serve why, and where it is wrong', async () => {
    const handler = await changingHandler(greeting('old'));
    const { client, pool } = await controlledPool(kind, { handler: handler.path });
    await handler.write(`\nthrow new TypeError('no database');\n`);
    const failure = await client.restart().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ControlRequestError);
    expect(failure).toMatchObject({
      code: 'ERR_CONTROL_REFUSED',
      status: 422,
      details: {
        code: 'ERR_RESTART_FAILED',
        location: { file: handler.path, line: 2 },
      },
    });
    await handler.write(`\n\nexport default (socket) => {;\n`);
    const syntax = await client.restart().catch((error: unknown) => error);
    expect(syntax).toMatchObject({ details: { location: { file: handler.path } } });
    await using old = await LineClient.connect(pool.address);
    expect(await old.next()).toBe('old');
  });

  test('try a canary first, and leave the others alone when one of its handlers fails', async () => {
    const handler = await changingHandler(greeting('old'));
    const { client, pool } = await controlledPool(kind, {
      handler: handler.path,
      workers: 2,
    });
    await handler.write(greeting('new'));
    const report = await client.restart({ canary: true, canaryMs: 20, canaryWorker: 1 });
    expect(report).toMatchObject({ generation: 1, canary: { workerId: 1 } });
    await handler.write(`export default () => { throw new RangeError('out of stock'); };`);
    const failed = client
      .restart({ canary: true, canaryMs: 600_000 })
      .catch((error: unknown) => error);
    // Until one reaches the canary, which serves beside the others.
    const stop = new AbortController();
    const knocking = (async () => {
      while (!stop.signal.aborted) {
        const knock = await LineClient.connect(pool.address);
        await knock.ended;
      }
    })();
    expect(await failed).toMatchObject({
      status: 422,
      details: { code: 'ERR_CANARY_FAILED', location: { file: handler.path, line: 1 } },
    });
    stop.abort();
    await knocking;
    expect((await pool.stats()).workers.find(({ workerId }) => workerId === 1)?.generation).toBe(1);
  });

  test('pause and resume', async () => {
    const { client } = await controlledPool(kind);
    expect((await client.pause()).readiness).toMatchObject({ ok: false });
    expect((await client.resume()).readiness).toMatchObject({ ok: true });
  });

  test('reload certificates by the function of the program, or say that there is none', async () => {
    const reloadTls = vi.fn(async () => undefined);
    const { client } = await controlledPool(kind, {}, { reloadTls });
    await client.reloadTls();
    expect(reloadTls).toHaveBeenCalledOnce();
    const without = await controlledPool(kind);
    await expect(without.client.reloadTls()).rejects.toMatchObject({ status: 501 });
  });

  test('refuse what the pool refuses, with the status that says whose fault it is', async () => {
    const { client } = await controlledPool(kind);
    await expect(client.restartWorker(9)).rejects.toMatchObject({ status: 404 });
    await expect(client.stack(9)).rejects.toMatchObject({ status: 404 });
    await expect(client.resize(0)).rejects.toMatchObject({
      status: 400,
      message:
        'Parameter workers of POST /v1/resize must be a whole number from 1 up to 1024, got 0',
    });
    await expect(client.restart({ gracems: 1 } as object)).rejects.toThrow('did you mean graceMs?');
  });

  test('stop the pool: who is connected is served, the answer comes, the socket goes', async () => {
    const { client, connect, pool, path } = await controlledPool(kind);
    const served = await connect();
    expect(await served.ask('worker')).toMatch(/\d/);
    const closing = once(pool, 'closing');
    const stopped = client.stop({ graceMs: 60_000 });
    await closing;
    expect(await served.ask('echo still')).toBe('STILL');
    await served.end();
    expect(await stopped).toMatchObject({ cutConnections: 0 });
    await expect
      .poll(() => new ControlClient({ path }).about().catch((error) => error))
      .toSatisfy(
        (error: unknown) =>
          error instanceof ControlError && error.code === 'ERR_CONTROL_UNREACHABLE',
      );
  });

  test('stop it at once with now', async () => {
    const { client, connect, pool } = await controlledPool(kind);
    const served = await connect();
    expect(await served.ask('worker')).toMatch(/\d/);
    expect(await client.stop({ now: true })).toMatchObject({ cutConnections: 1 });
    expect(pool.state).toBe('closed');
  });
});

test('upgrade is refused for threads, which have none', async () => {
  const [, threads] = KINDS;
  const { client } = await controlledPool(threads!);
  await expect(client.upgrade()).rejects.toMatchObject({ status: 501 });
});
