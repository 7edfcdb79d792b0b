import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PoolOptions, RefusedConnection, WorkerInfo, WorkerPool } from '@sockpool/pool-core';
import { requirement } from '../../capabilities.ts';
import { hostedPool } from '../../hosted/hosted-pool.ts';
import { LineClient } from '../../clients/line-client.ts';
import { createPool, listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** Looks often, so that tests are fast. */
const SWEEP = { sweepIntervalMs: 10 };

const NONE = {
  denied: 0,
  addressLimit: 0,
  firstByteTimeout: 0,
  idleTimeout: 0,
  slow: 0,
  slowReader: 0,
  lifetime: 0,
  bytes: 0,
  memory: 0,
  proxyHeader: 0,
  tlsHandshake: 0,
};

/** Connects from another address of this machine. */
async function connectFrom(pool: WorkerPool, address: string): Promise<LineClient> {
  const client = await LineClient.connect(pool.address, address);
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
}

/** Adds up what the pool's events tell. */
function refusalsToldBy(pool: WorkerPool): Record<string, number> {
  const told: Record<string, number> = {};
  pool.on('connectionRefused', ({ reason, connections }) => {
    told[reason] = (told[reason] ?? 0) + connections;
  });
  return told;
}

/** Which connections a pool refuses or cuts, although it has capacity for them. */
export function describeProtection(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} protection`, () => {
    test.each<[unknown, ErrorConstructor, string]>([
      [7, TypeError, 'Option protection must be an object, such as .*, got 7'],
      [
        { idleTimeout: 5 },
        TypeError,
        'Unknown option protection.idleTimeout: did you mean protection.idleTimeoutMs\\? Allowed are',
      ],
      [{ deny: ['example.org'] }, TypeError, "Option protection.deny must .* got 'example.org'"],
      [{ idleTimeoutMs: 0 }, RangeError, 'Option protection.idleTimeoutMs must .* got 0'],
    ])('refuses %o at construction', (protection, Class, message) => {
      const options = { protection } as Partial<PoolOptions>;
      expect(() => createPool(kind, options)).toThrow(Class);
      expect(() => createPool(kind, options)).toThrow(new RegExp(message));
    });

    test.each([{ deny: ['127.0.0.2-127.0.0.9'] }, { allow: ['127.0.0.1/32', '::1'] }])(
      'keeps to the list %o, and its handler never sees who is refused',
      async (protection) => {
        const { pool, connect } = await listeningPool(kind, { protection });
        const told = Promise.withResolvers<[RefusedConnection, WorkerInfo]>();
        pool.on('connectionRefused', (...refusal) => told.resolve(refusal));
        const refused = await connectFrom(pool, '127.0.0.2');
        expect(await refused.ask('echo in')).toBeUndefined();
        const [first, { workerId }] = await told.promise;
        expect(first).toEqual({
          reason: 'denied',
          remoteAddress: '127.0.0.2',
          connections: 1,
          error: undefined,
        });
        expect(await (await connect()).ask('echo in')).toBe('IN');
        const { total, refusedConnections } = await pool.stats();
        expect(refusedConnections).toEqual({ ...NONE, denied: 1 });
        expect(total).toMatchObject({ refusedConnections: 1, messages: 1, handlerErrors: 0 });
        const { slots } = pool.metrics();
        expect(slots.map((slot) => slot.refusedConnections)).toEqual(
          slots.map((slot) => (slot.workerId === workerId ? { denied: 1 } : {})),
        );
      },
    );

    test('limits the connections per client address, exactly and over all workers', async () => {
      const { pool } = await listeningPool(kind, {
        workers: 3,
        protection: { maxConnectionsPerAddress: 4 },
      });
      const told = refusalsToldBy(pool);
      for (const address of ['127.0.0.1', '127.0.0.2']) {
        const clients = await Promise.all(
          Array.from({ length: 12 }, () => connectFrom(pool, address)),
        );
        const replies = await Promise.all(clients.map((client) => client.ask('echo in')));
        expect(replies.filter((reply) => reply === 'IN')).toHaveLength(4);
        expect(replies.filter((reply) => reply === undefined)).toHaveLength(8);
        const served = clients.filter((_, index) => replies[index] === 'IN');
        await served[0]?.end();
        await expect
          .poll(async () => (await connectFrom(pool, address)).ask('echo free'))
          .toBe('FREE');
        expect(await served[1]?.ask('echo still')).toBe('STILL');
      }
      const { addressLimit } = (await pool.stats()).refusedConnections;
      expect(addressLimit).toBeGreaterThanOrEqual(16);
      expect(told).toEqual({ addressLimit });
    });

    test.skipIf(apart.missing)(
      `a worker that dies gives back the permits of its client addresses${apart.note}`,
      async () => {
        const { pool, connect } = await listeningPool(kind, {
          workers: 1,
          protection: { maxConnectionsPerAddress: 2 },
        });
        for (let round = 0; round < 2; round += 1) {
          const first = await connect();
          expect(await first.ask('echo in')).toBe('IN');
          const replaced = new Promise((resolve) => pool.once('workerReady', resolve));
          first.send('exit 1');
          await first.ended;
          await replaced;
        }
        const clients = [await connect(), await connect()];
        expect(await Promise.all(clients.map((client) => client.ask('echo in')))).toEqual([
          'IN',
          'IN',
        ]);
      },
    );

    test.each<[NonNullable<PoolOptions['protection']>, keyof typeof NONE, string]>([
      [{ firstByteTimeoutMs: 1_500 }, 'firstByteTimeout', ''],
      [{ idleTimeoutMs: 1_500 }, 'idleTimeout', 'echo hello\n'],
      [{ maxLifetimeMs: 1_500 }, 'lifetime', 'echo hello\n'],
      [{ maxConnectionBytes: 1_000 }, 'bytes', `echo ${'x'.repeat(2_000)}\n`],
      [{ maxTotalBufferedBytes: 10_000 }, 'memory', `stall\n${'x'.repeat(1_000_000)}`],
    ])('%o cuts a connection, and says why: %s', async (limit, reason, text) => {
      const { pool, connect } = await listeningPool(kind, {
        protection: { ...limit, ...SWEEP },
      });
      const told = refusalsToldBy(pool);
      const client = await connect();
      if (text !== '') client.socket.write(text);
      await client.ended;
      await expect
        .poll(async () => (await pool.stats()).refusedConnections)
        .toEqual({
          ...NONE,
          [reason]: 1,
        });
      expect(told).toEqual({ [reason]: 1 });
      expect(await (await connect()).ask('echo in')).toBe('IN');
      expect((await pool.stats()).respawns).toBe(0);
    });

    test('cuts 1,000 slow or silent connections, and serves 20 good clients meanwhile', async () => {
      const { pool, connect } = await listeningPool(kind, {
        protection: {
          firstByteTimeoutMs: 3_000,
          minBytesPerSecond: 5_000,
          rateGraceMs: 200,
          ...SWEEP,
        },
      });
      const told = refusalsToldBy(pool);
      const good = await Promise.all(Array.from({ length: 20 }, connect));
      // A good client speaks first, and may be silent afterwards.
      expect(await Promise.all(good.map((client) => client.ask('echo in')))).toEqual(
        good.map(() => 'IN'),
      );
      const bad: LineClient[] = [];
      while (bad.length < 1_000) {
        bad.push(...(await Promise.all(Array.from({ length: 50 }, connect))));
      }
      const dripping = setInterval(() => {
        for (const [index, { socket }] of bad.entries()) {
          if (index % 2 === 0 && socket.writable) socket.write('x');
        }
      }, 20);
      onTestFinished(() => clearInterval(dripping));
      const allCut = new AbortController();
      const wrong = good.map(async (client, index) => {
        let mistakes = 0;
        for (let round = 0; !allCut.signal.aborted; round += 1) {
          if ((await client.ask(`echo ${index} ${round}`)) !== `${index} ${round}`) mistakes += 1;
        }
        return mistakes;
      });
      await Promise.all(bad.map(({ ended }) => ended));
      allCut.abort();
      expect(await Promise.all(wrong)).toEqual(good.map(() => 0));
      // A client may hear of its end a moment before its worker has counted it.
      await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(20);
      const { total, refusedConnections } = await pool.stats();
      expect(refusedConnections.slow + refusedConnections.firstByteTimeout).toBe(1_000);
      expect(refusedConnections.slow).toBeGreaterThan(0);
      expect(told).toEqual({
        slow: refusedConnections.slow,
        firstByteTimeout: refusedConnections.firstByteTimeout,
      });
      expect(total.refusedConnections).toBe(1_000);
    });

    test('HTTP servers get every byte of a connection that had to wait for its permit', async () => {
      const { origin } = await hostedPool(
        kind,
        'hosted/http',
        {},
        { protection: { maxConnectionsPerAddress: 100, idleTimeoutMs: 10_000 } },
      );
      const body = randomBytes(500_000);
      const hash = createHash('sha256').update(body).digest('hex');
      const replies = Array.from({ length: 5 }, async () =>
        (await fetch(`http://${origin}/upload`, { method: 'POST', body })).text(),
      );
      expect(await Promise.all(replies)).toEqual(replies.map(() => hash));
    });

    test('close() finishes guarded connections, and none is counted as refused', async () => {
      const { pool, connect } = await listeningPool(kind, {
        protection: { maxConnectionsPerAddress: 10, idleTimeoutMs: 60_000 },
      });
      const clients = await Promise.all(Array.from({ length: 5 }, connect));
      await Promise.all(clients.map((client) => client.ask('echo in')));
      const closed = pool.close();
      expect(await Promise.all(clients.map((client) => client.ask('echo out')))).toEqual(
        clients.map(() => 'OUT'),
      );
      await Promise.all(clients.map((client) => client.end()));
      expect(await closed).toMatchObject({ drainedConnections: 5, cutConnections: 0 });
      expect((await pool.stats()).refusedConnections).toEqual(NONE);
    });
  });
}
