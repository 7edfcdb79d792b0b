import { readdirSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type {
  OverloadPolicy,
  PoolOptions,
  PoolStats,
  ShedConnection,
  WorkerPool,
} from '@sockpool/pool-core';
import type { LineClient } from '../../clients/line-client.ts';
import { createPool, listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** What a pool does with more clients than it has capacity for. */
export function describeOverload(kind: PoolKind): void {
  describe(`${kind.name} overload`, () => {
    test('refuses options of a queue with the policy wait, which has none', () => {
      expect(() => createPool(kind, { overload: { maxQueuedConnections: 5 } })).toThrow(
        expect.objectContaining({ code: 'ERR_UNSUPPORTED_OPTION' }),
      );
    });

    if (kind.capabilities.acceptsInWorkers === true) {
      test.each<[Partial<PoolOptions>, string]>([
        [{ overload: { policy: 'reject' } }, "overload.policy 'reject'"],
        [{ overload: { policy: 'drop-oldest' } }, "overload.policy 'drop-oldest'"],
        [{ maxConnections: 100 }, 'maxConnections 100'],
      ])("refuses %o, and says that it takes accept: 'primary'", (options, said) => {
        expect(() => createPool(kind, options)).toThrow(
          expect.objectContaining({
            code: 'ERR_UNSUPPORTED_OPTION',
            message: expect.stringMatching(
              new RegExp(`with ${said}: .* use accept: 'primary'`),
            ) as string,
          }),
        );
      });
      return;
    }

    test('maxConnections limits all workers together, and who waits is served afterwards', async () => {
      const { pool, connect } = await listeningPool(kind, { workers: 2, maxConnections: 3 });
      const clients = await Promise.all(Array.from({ length: 9 }, connect));
      const replies = clients.map((client) => client.ask('echo in'));
      await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(3);
      const served = clients.map(async (client, index) => {
        const reply = await replies[index];
        expect((await pool.stats()).total.activeConnections).toBeLessThanOrEqual(3);
        await client.end();
        return reply;
      });
      expect(await Promise.all(served)).toEqual(clients.map(() => 'IN'));
      expect((await pool.stats()).shedConnections).toEqual(NONE);
    });

    test.each<OverloadPolicy>(['reject', 'drop-oldest'])(
      '%s at ten times the capacity: the queue is bounded, everyone is served, waits or is told, and nothing leaks',
      async (policy) => {
        const before = openDescriptors();
        const { pool, connect } = await listeningPool(kind, {
          workers: 2,
          maxConnectionsPerWorker: 5,
          overload: {
            policy,
            maxQueuedConnections: 10,
            queueTimeoutMs: Infinity,
            rejectWith: 'busy\n',
          },
        });
        const events: ShedConnection[] = [];
        let longest = 0;
        pool.on('connectionShed', (shed) => {
          events.push(shed);
          void pool.stats().then(({ waitingConnections }) => {
            longest = Math.max(longest, waitingConnections);
          });
        });
        const clients = await Promise.all(Array.from({ length: 100 }, connect));
        // Unread in the kernel for those who are turned away, who must not be reset for it.
        const replies = clients.map((client) => client.ask('echo served'));
        await expect.poll(async () => accounted(await pool.stats())).toEqual([10, 80, 10]);
        expect(longest).toBeLessThanOrEqual(10);
        expect(events.map(({ reason, remoteAddress }) => [reason, remoteAddress])).toEqual(
          events.map(() => [policy === 'reject' ? 'queue-full' : 'dropped-oldest', '127.0.0.1']),
        );
        const outcomes = await Promise.all(
          clients.map(async (client, index) => {
            const reply = await replies[index];
            return `${reply} ${(await client.end()).errorCode}`;
          }),
        );
        expect(tally(outcomes)).toEqual({ 'SERVED undefined': 20, 'busy undefined': 80 });
        expect(accounted(await pool.stats())).toEqual([20, 80, 0]);
        expect(events).toHaveLength(80);
        expect(await pool.close()).toMatchObject({ cutConnections: 0 });
        await expect.poll(openDescriptors).toBeLessThanOrEqual(before);
      },
    );

    test('reject keeps those who came first, drop-oldest those who came last', async () => {
      for (const [policy, kept] of [
        ['reject', 'first'],
        ['drop-oldest', 'last'],
      ] as const) {
        const { pool, connect } = await listeningPool(kind, {
          workers: 1,
          maxConnectionsPerWorker: 1,
          overload: { policy, maxQueuedConnections: 1 },
        });
        const open = await connect();
        await open.ask('echo open');
        const [first, last] = [await waitingClient(pool, connect), await connect()];
        const shed = kept === 'first' ? last : first;
        expect(await shed.ended).toEqual({ errorCode: undefined });
        await open.end();
        expect(await (kept === 'first' ? first : last).ask('echo kept')).toBe('KEPT');
        await pool.close({ graceMs: 0 });
      }
    });

    test('who has waited for queueTimeoutMs is told so', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 1,
        maxConnectionsPerWorker: 1,
        overload: { policy: 'reject', queueTimeoutMs: 50, rejectWith: 'too late\n' },
      });
      const open = await connect();
      await open.ask('echo open');
      const shed: ShedConnection[] = [];
      pool.on('connectionShed', (connection) => shed.push(connection));
      const late = await connect();
      expect(await late.ask('echo late')).toBe('too late');
      expect(await late.end()).toEqual({ errorCode: undefined });
      expect(shed).toMatchObject([{ reason: 'queue-timeout' }]);
      expect(shed[0]?.waitedMs).toBeGreaterThanOrEqual(50);
      expect((await pool.stats()).shedConnections).toEqual({ ...NONE, 'queue-timeout': 1 });
      expect(await open.ask('echo still')).toBe('STILL');
    });

    test('http-503 is understood by an HTTP client, also in the middle of its request', async () => {
      const { pool, connect } = await listeningPool(kind, {
        name: 'hosted/http',
        workers: 1,
        maxConnectionsPerWorker: 1,
        overload: { policy: 'reject', maxQueuedConnections: 0, rejectWith: 'http-503' },
      });
      await connect();
      await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(1);
      const body = Buffer.alloc(200_000);
      for (const upload of [undefined, body]) {
        const response = await request(pool.address as AddressInfo, upload);
        expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '1']);
        expect(response.headers.connection).toBe('close');
      }
    });

    test('close() serves those who wait in the queue', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 1,
        maxConnectionsPerWorker: 1,
        overload: { policy: 'reject', maxQueuedConnections: 5 },
      });
      const open = await connect();
      await open.ask('echo open');
      const waiting = await waitingClient(pool, connect);
      const closed = pool.close();
      await open.end();
      expect(await waiting.ask('echo after')).toBe('AFTER');
      await waiting.end();
      expect(await closed).toMatchObject({ drainedConnections: 2, cutConnections: 0 });
    });
  });
}

const NONE = Object.freeze({ 'queue-full': 0, 'queue-timeout': 0, 'dropped-oldest': 0 });

/** Connects a client, and waits until it waits. */
async function waitingClient(
  pool: WorkerPool,
  connect: () => Promise<LineClient>,
): Promise<LineClient> {
  const client = await connect();
  await expect.poll(async () => (await pool.stats()).waitingConnections).toBe(1);
  return client;
}

/** What became of all that was offered: served, shed, waiting. */
function accounted({ total, shedConnections, waitingConnections }: PoolStats): number[] {
  const shed = Object.values(shedConnections).reduce((sum, count) => sum + count, 0);
  return [total.totalConnections, shed, waitingConnections];
}

function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** How many descriptors this process has open; the same always where the system does not tell. */
function openDescriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}

async function request(
  { address, port }: AddressInfo,
  body: Buffer | undefined,
): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  http
    .request({ host: address, port, agent: false, method: body ? 'POST' : 'GET' }, (response) => {
      response.resume().once('end', () => resolve(response));
    })
    .once('error', reject)
    .end(body);
  return promise;
}
