import { keptPort } from '@sockpool/port-fixture';
import { checkZeroLoss, type ZeroLossOptions, type ZeroLossReport } from '@sockpool/zero-loss';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BALANCERS, startBalancer } from './balancers.ts';
import { type ShopAddress, ShopServer } from './shop-server.ts';

/** Clients that keep their connections, think before each request, and send none again. */
function clients(port: number, http: NonNullable<ZeroLossOptions['workload']>['http']) {
  return {
    address: { host: '127.0.0.1', port },
    workload: { http: http! },
    held: { connections: 30, thinkMs: [0, 1_000], requestsPerConnection: Infinity },
    newConnections: { rate: 5 },
    quietMs: 1_000,
    // On a busy machine a reply may be late, and clients stand still: neither is a loss.
    replyTimeoutMs: 60_000,
    stallLimitMs: 60_000,
  } satisfies Omit<ZeroLossOptions, 'disruptions'>;
}

const READING = { requests: ['GET /'], expectBody: '{"shop":"open"}' } as const;
// Nobody may send an order twice, and no load balancer does.
const ORDERING = {
  requests: ['POST /orders'],
  headers: { 'content-type': 'application/json' },
  body: '{"item":"book"}',
  expectBody: '{"ordered":"book"}',
} as const;

/** What both groups of clients have lost while something was done, and how much was right. */
async function lossesWhile(
  port: number,
  run: () => Promise<void>,
): Promise<{ readonly lost: readonly unknown[]; readonly right: number }> {
  const both = Promise.withResolvers<void>();
  let ready = 0;
  const done = both.promise.then(run);
  const disruption = {
    name: 'deploys',
    run: (): Promise<void> => {
      ready += 1;
      if (ready === 2) both.resolve();
      return done;
    },
  };
  const reports: ZeroLossReport[] = await Promise.all(
    [READING, ORDERING].map((http) =>
      checkZeroLoss({ ...clients(port, http), disruptions: [disruption] }),
    ),
  );
  return {
    lost: reports.flatMap(({ losses, problems }) => [...losses, ...problems]),
    right: reports.reduce((sum, { right }) => sum + right, 0),
  };
}

describe('The shop on processes and on threads, behind a load balancer that tries nothing again', () => {
  for (const balancer of BALANCERS) {
    const { name, missing, env, asksHealth } = balancer;
    const done = asksHealth ? 'both restart and one closes' : 'both restart';
    test.skipIf(missing)(
      `loses no request when ${done}, behind ${name}${missing === undefined ? '' : ` (skipped: ${missing})`}`,
      { timeout: 300_000 },
      async () => {
        const [port, metricsPort, front] = [await keptPort(), await keptPort(), await keptPort()];
        // As on two machines, both have the same ports.
        const addresses = [11, 12].map((last) => ({
          host: `127.0.0.${last}`,
          port,
          metricsPort,
        })) as [ShopAddress, ShopAddress];
        const [leaving, staying] = await Promise.all([
          ShopServer.start(addresses[0], 'processes', env, onTestFinished),
          ShopServer.start(addresses[1], 'threads', env, onTestFinished),
        ]);
        await startBalancer(balancer, front, addresses, onTestFinished);
        const { lost, right } = await lossesWhile(front, async () => {
          await Promise.all([leaving.restart(1), staying.restart(1)]);
          // A reload of nginx, which is how it learns that a server leaves, closes connections of clients.
          if (!asksHealth) return;
          const [[code, told]] = await Promise.all([leaving.stop(), staying.restart(2)]);
          expect(told).not.toContain('MaxListeners');
          expect([code, told]).toEqual([0, expect.stringContaining('"cutConnections":0')]);
        });
        expect(lost).toEqual([]);
        expect(right).toBeGreaterThan(100);
        expect((await staying.stop())[0]).toBe(0);
        if (!asksHealth) expect((await leaving.stop())[0]).toBe(0);
      },
    );
  }
});
