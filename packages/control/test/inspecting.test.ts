import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { ask } from './fixtures/ask.ts';
import { controlledPool } from './fixtures/controlled-pool.ts';
import { KINDS } from './fixtures/pools.ts';

describe.each(KINDS)('The control of $name', (kind) => {
  test('lists who is connected, and what a worker that drains waits for', async () => {
    const { client, connect, pool } = await controlledPool(kind, { workers: 1 });
    const held = await connect();
    expect(await held.ask('worker')).toBe('0');
    const restarted = pool.restart({ graceMs: 120_000 });
    await expect
      .poll(async () => {
        const { workers } = await client.connections();
        return workers.flatMap(({ state, connections = [] }) =>
          connections.map((connection) => [state, connection.state]),
        );
      })
      .toEqual([['draining', 'draining']]);
    const { workers } = await client.connections();
    const leaving = workers.find(({ state }) => state === 'draining');
    expect(leaving?.connections?.[0]).toMatchObject({ activity: 'serving' });
    // Both have slot 0; the id of the process or thread tells which one is meant.
    expect(await client.stack(0, leaving?.nativeId)).toMatch(/^    at /);
    await held.end();
    await restarted;
    expect((await client.connections()).workers).toHaveLength(1);
  });

  test('shows where a worker hangs', async () => {
    const { client, connect } = await controlledPool(kind, { workers: 1 });
    const victim = await connect();
    expect(await victim.ask('spin')).toBe('spinning');
    await expect.poll(() => client.stack(0)).toMatch(/at spinForEver \(file:.*commands\.[jt]s:\d+/);
    expect((await client.connections()).workers[0]?.connections).toBeUndefined();
  });

  test('streams a CPU profile and a heap snapshot, to be saved under a name', async () => {
    const { client, path } = await controlledPool(kind, { workers: 1 });
    const profile = JSON.parse(await text(await client.profile(0, { durationMs: 50 })));
    expect(Object.keys(profile)).toEqual(expect.arrayContaining(['nodes', 'samples']));
    const heap = await ask(path, { path: '/v1/workers/0/heap' });
    expect(heap.headers['content-disposition']).toBe(
      'attachment; filename="worker-0.heapsnapshot"',
    );
    expect(Object.keys(JSON.parse(heap.body))).toContain('snapshot');
  });

  test('takes one profile at a time of a worker, and ends it when its client goes', async () => {
    const { client, path } = await controlledPool(kind, { workers: 1 });
    const leaving = new AbortController();
    const given = ask(path, {
      path: '/v1/workers/0/profile?durationMs=300000',
      signal: leaving.signal,
    }).catch((error: Error) => error.name);
    const another = (): Promise<number> =>
      client.profile(0, { durationMs: 1 }).then(
        async (profile) => (await text(profile)).length,
        (error: { readonly status: number }) => error.status,
      );
    await expect.poll(another).toBe(409);
    leaving.abort();
    expect(await given).toBe('AbortError');
    await expect.poll(another).toBeGreaterThan(1_000);
  });
});
