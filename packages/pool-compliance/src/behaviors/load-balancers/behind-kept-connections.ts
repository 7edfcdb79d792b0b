import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { assertZeroLoss, type ZeroLossReport } from '@sockpool/zero-loss';
import {
  checkGroups,
  type ClientGroup,
  HELLO,
  JSON_POST,
  thinkingClients,
} from '../../clients/client-groups.ts';
import {
  type BalancedServer,
  type LoadBalancer,
  loadBalancers,
  type RunningLoadBalancer,
} from '../../load-balancers/load-balancers.ts';
import type { HaproxyRunner } from '../../load-balancers/haproxy-runner.ts';
import { handlerUrl, listeningPool, type PoolKind } from '../../pool-under-test.ts';
import { listening, type Program, start } from '../../program.ts';

/** Two checks of HAProxy have to notice meanwhile that a program closes, on a busy machine too. */
const READINESS_DELAY_MS = 4_000;

const BUSY = { timeout: 240_000 };

async function running(
  loadBalancer: LoadBalancer,
  servers: readonly BalancedServer[],
): Promise<RunningLoadBalancer> {
  const balancer = await loadBalancer.start(servers);
  onTestFinished(() => balancer[Symbol.asyncDispose]());
  return balancer;
}

/** Clients that send POST requests, which nobody repeats, and GET requests, which some repeat. */
function bothKinds({ address }: RunningLoadBalancer): ClientGroup[] {
  return [JSON_POST, HELLO].map((http) =>
    thinkingClients({ address, connections: 30, thinkMs: [0, 1_000], http }),
  );
}

function startProgram(kind: PoolKind): Promise<Program> {
  const options = {
    handler: handlerUrl('hosted/fastify').href,
    shutdown: { readinessDelayMs: READINESS_DELAY_MS },
  };
  return listening(start(kind, options, { servesHealth: true }));
}

async function expectNothingLost(
  reports: readonly ZeroLossReport[],
  balancer: RunningLoadBalancer,
): Promise<void> {
  // What failed and was tried again elsewhere is a loss that only the load balancer saw.
  expect(await balancer.failures()).toEqual([]);
  for (const report of reports) assertZeroLoss(report);
}

/** Behind load balancers with kept connections, no request is lost. */
export function describeBehindKeptConnections(kind: PoolKind, haproxy?: HaproxyRunner): void {
  const every = loadBalancers(haproxy);
  describe.each(every)(`${kind.name} behind kept connections of $name`, (loadBalancer) => {
    const { without } = loadBalancer;
    const skipped = without === undefined ? '' : ` (skipped: ${without})`;

    test.skipIf(without !== undefined)(
      `loses no request when it restarts${skipped}`,
      BUSY,
      async () => {
        const { pool } = await listeningPool(kind, { name: 'hosted/fastify' });
        const { port } = pool.address as AddressInfo;
        const balancer = await running(loadBalancer, [{ port }]);
        const reports = await checkGroups(bothKinds(balancer), async () => {
          for (let restart = 0; restart < 3; restart += 1) {
            expect(await pool.restart()).toMatchObject({ cutConnections: 0 });
          }
        });
        await expectNothingLost(reports, balancer);
      },
    );

    test.skipIf(without !== undefined)(
      `loses no request when one of two programs closes${skipped}`,
      BUSY,
      async () => {
        const [leaving, staying] = await Promise.all([startProgram(kind), startProgram(kind)]);
        const balancer = await running(
          loadBalancer,
          [leaving, staying].map(({ address, healthPort }) => ({ port: address.port, healthPort })),
        );
        const reports = await checkGroups(bothKinds(balancer), async () => {
          leaving.child.kill('SIGTERM');
          expect(await leaving.event('closed')).toMatchObject({ cutConnections: 0 });
          expect(await leaving.ended).toEqual([0, null]);
        });
        await expectNothingLost(reports, balancer);
        expect(staying.child.exitCode).toBe(null);
      },
    );
  });
}
