import { describe, expect, test } from 'vitest';
import {
  assertZeroLoss,
  checkZeroLoss,
  poolDisruptions,
  type ZeroLossOptions,
} from '@sockpool/zero-loss';
import { checkGroups, HELLO, thinkingClients } from '../../clients/client-groups.ts';
import { handlerUrl, listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** Less load and fewer disruptions than in the benchmark, so that the tests stay quick. */
const SMALL = {
  // They think instead of keeping to a rate, which a client on a busy machine cannot.
  held: { connections: 40, thinkMs: [0, 200], requestsPerConnection: 5 },
  newConnections: { rate: 50 },
  quietMs: 100,
  // On a busy machine the clients stand still now and then. What they are owed they still miss.
  stallLimitMs: 60_000,
} satisfies Partial<ZeroLossOptions>;

const SOME = { restarts: 2, resizes: 2 };

/** Restarts and resizes are not seen by any client. */
export function describeZeroLoss(kind: PoolKind): void {
  describe(`${kind.name} under load`, () => {
    test('loses no request when it restarts and resizes', async () => {
      const { pool } = await listeningPool(kind, {
        name: 'echo-bytes',
      });
      assertZeroLoss(
        await checkZeroLoss({
          ...SMALL,
          address: pool.address ?? '',
          disruptions: poolDisruptions(pool, SOME),
        }),
      );
    });

    test('loses no HTTP keep-alive request to Fastify when it restarts and resizes', async () => {
      const { pool } = await listeningPool(kind, { handler: handlerUrl('hosted/fastify') });
      assertZeroLoss(
        await checkZeroLoss({
          ...SMALL,
          address: pool.address ?? '',
          disruptions: poolDisruptions(pool, SOME),
          workload: { http: { requests: ['GET /hello/world'], expectBody: '{"hello":"world"}' } },
          held: { ...SMALL.held, requestsPerConnection: Infinity },
        }),
      );
    });

    test(
      'loses no request of clients that think and live far away when it restarts',
      { timeout: 240_000 },
      async () => {
        const { pool } = await listeningPool(kind, { handler: handlerUrl('hosted/fastify') });
        const address = pool.address ?? '';
        const groups = [25, 100].map((delayMs) =>
          thinkingClients({ address, connections: 20, thinkMs: [0, 1_000], delayMs, http: HELLO }),
        );
        const reports = await checkGroups(groups, async () => {
          for (let restart = 0; restart < 5; restart += 1) {
            expect(await pool.restart()).toMatchObject({ cutConnections: 0 });
          }
        });
        for (const report of reports) assertZeroLoss(report);
      },
    );
  });
}
