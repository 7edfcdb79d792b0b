import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolOptions } from '@sockpool/pool-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { listeningPool, type PoolKind } from '../../pool-under-test.ts';

type BurstOptions = Pick<PoolOptions, 'acceptBurst' | 'maxConnectionsPerWorker'>;

/** Clients that come while the worker is busy. */
const CLIENTS = 300;

/** What a pool whose processes accept does when clients come faster than one by one. */
export function describeAcceptBursts(kind: PoolKind): void {
  const accepts = requirement(kind, 'acceptsInWorkers', 'isProcess');
  describe(`${kind.name} when many clients come at once`, () => {
    test.skipIf(accepts.missing).each<[title: string, most: number, options: BurstOptions]>([
      ['accepts several of them in a turn of the event loop', 16, {}],
      ['accepts one a turn with acceptBurst 1', 1, { acceptBurst: 1 }],
      ['accepts as many as it may have', 3, { maxConnectionsPerWorker: 3 }],
    ])(`%s${accepts.note}`, async (_title, most, options) => {
      const folder = await mkdtemp(join(tmpdir(), 'sockpool-bursts-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      const { pool, connect } = await listeningPool(kind, {
        name: 'counts-turns',
        workers: 1,
        ...options,
      });
      /** Lets clients come while the worker is busy. Returns the most in a turn, and the most open ones. */
      const storm = async (round: number): Promise<readonly [inTurn: number, open: number]> => {
        const file = join(folder, `go-on-${round}`);
        const first = await connect();
        expect(await first.next()).toBe('1 1');
        expect(await first.ask(`block ${file}`)).toBe('blocking');
        const clients = await Promise.all(Array.from({ length: CLIENTS }, connect));
        await writeFile(file, '');
        await first.end();
        const seen = await Promise.all(
          clients.map(async (client) => {
            const line = await client.next();
            expect((await client.end()).errorCode).toBeUndefined();
            return line?.split(' ').map(Number) ?? [];
          }),
        );
        await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(0);
        return [
          Math.max(...seen.map(([came = 0]) => came)),
          Math.max(...seen.map(([, open = 0]) => open)),
        ];
      };
      let [inTurn, open] = await storm(0);
      // Clients who come slowly, such as on a busy machine, are accepted one by one.
      if (most === 16) {
        for (let round = 1; inTurn === 1; round += 1) [inTurn, open] = await storm(round);
      }
      expect(inTurn).toBeLessThanOrEqual(most);
      expect(open).toBeLessThanOrEqual(options.maxConnectionsPerWorker ?? 1 + CLIENTS);
      expect(await pool.close()).toMatchObject({ cutConnections: 0 });
    });
  });
}
