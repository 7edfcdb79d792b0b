import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type CloseReport,
  type ListenOptions,
  serveHealth,
  type WorkerPool,
} from '@sockpool/pool-core';
import {
  assertZeroLoss,
  checkZeroLoss,
  type ZeroLossOptions,
  type ZeroLossWorkload,
} from '@sockpool/zero-loss';
import {
  type HaproxyRunner,
  NO_HAPROXY,
  type RunningHaproxy,
} from '../../load-balancers/haproxy-runner.ts';
import { LineClient } from '../../clients/line-client.ts';
import { createPool, type HandlerName, type PoolKind } from '../../pool-under-test.ts';

const CLIENTS = {
  // They think instead of keeping to a rate, which a client on a busy machine cannot.
  held: { connections: 40, thinkMs: [0, 200], requestsPerConnection: 2 },
  newConnections: { rate: 50 },
  quietMs: 100,
  // On a busy machine a reply may be late, which is not lost.
  replyTimeoutMs: 60_000,
  // On a busy machine the clients stand still now and then. What they are owed they still miss.
  stallLimitMs: 60_000,
} satisfies Partial<ZeroLossOptions>;

/** How HAProxy treats connections, what is said on them, and how often before they end. */
type Case = readonly [mode: 'http' | 'tcp', workload: ZeroLossWorkload, requests: number];

/** A pool that HAProxy may know of before it listens: its health is served already. */
async function checkedPool(
  kind: PoolKind,
  name: HandlerName,
): Promise<{ pool: WorkerPool; healthPort: number | undefined }> {
  const pool = createPool(kind, {
    name,
    proxyProtocol: { trusted: ['127.0.0.1'] },
    // Two checks of 50 ms have to notice meanwhile, on a busy machine too.
    shutdown: { readinessDelayMs: 4_000, graceMs: 60_000, terminateMs: 60_000 },
  });
  const health = await serveHealth(pool);
  onTestFinished(() => health.close());
  return { pool, healthPort: health.address?.port };
}

/** Two pools behind HAProxy, the first of which listens. */
interface ProxiedPools {
  readonly first: WorkerPool;
  readonly second: WorkerPool;
  /** Where the second one is to listen: on another of this machine's addresses. */
  readonly secondAddress: ListenOptions;
  readonly haproxy: RunningHaproxy;
}

async function proxiedPools(
  kind: PoolKind,
  { startHaproxy }: HaproxyRunner,
  mode: 'http' | 'tcp',
): Promise<ProxiedPools> {
  const name = mode === 'http' ? 'hosted/fastify' : 'echo-lines';
  const [first, second] = [await checkedPool(kind, name), await checkedPool(kind, name)];
  const { port } = (await first.pool.listen()) as AddressInfo;
  const haproxy = await startHaproxy({
    mode,
    // Without another try by HAProxy, what one connection to a pool meets is the client's to see.
    // It keeps none by which nothing comes any more: a restart waits for those.
    backend: `option httpchk GET /readyz
  retries 0
  http-reuse never
  default-server pool-max-conn 0 send-proxy-v2 check addr 127.0.0.1 inter 50ms fall 2 rise 2
  server first 127.0.0.1:${port} port ${first.healthPort}
  server second 127.0.0.2:${port} port ${second.healthPort}`,
  });
  onTestFinished(() => haproxy[Symbol.asyncDispose]());
  await told(haproxy, { first: 'UP', second: 'DOWN' });
  return {
    first: first.pool,
    second: second.pool,
    secondAddress: { host: '127.0.0.2', port },
    haproxy,
  };
}

/** Resolves when the checks have told HAProxy so. */
async function told(
  haproxy: RunningHaproxy,
  servers: Readonly<Record<string, string>>,
): Promise<void> {
  await expect
    .poll(async () => Object.fromEntries(await haproxy.servers()), {})
    .toMatchObject(servers);
}

/** Starts the second pool and closes the first, in the order that load balancers need. */
async function replace(pools: ProxiedPools): Promise<CloseReport> {
  const { first, second, secondAddress, haproxy } = pools;
  await second.listen(secondAddress);
  await told(haproxy, { first: 'UP', second: 'UP' });
  const stopped = once(first, 'acceptingStopped').then(() => 'stopped accepting');
  const closed = first.close();
  const noticed = told(haproxy, { first: 'DOWN', second: 'UP' }).then(() => 'noticed');
  expect(await Promise.race([stopped, noticed])).toBe('noticed');
  return closed;
}

/** A restart is not seen through a load balancer, nor is a new pool in place of an old one. */
export function describeBehindHaproxy(kind: PoolKind, runner: HaproxyRunner = NO_HAPROXY): void {
  const { withoutHaproxy } = runner;
  const skipped = withoutHaproxy === undefined ? '' : ` (skipped: ${withoutHaproxy})`;
  describe.skipIf(withoutHaproxy !== undefined)(`${kind.name} behind HAProxy${skipped}`, () => {
    const tcp: Case = ['tcp', { framing: 'line' }, CLIENTS.held.requestsPerConnection];
    const http: Case = [
      'http',
      { http: { requests: ['GET /hello/world'], expectBody: '{"hello":"world"}' } },
      Infinity,
    ];
    test.each<Case>(kind.capabilities.acceptsInWorkers === true ? [tcp, http] : [tcp])(
      'no client sees three restarts and then a replacement by another pool (mode %s)',
      async (mode, workload, requestsPerConnection) => {
        const pools = await proxiedPools(kind, runner, mode);
        const { first, second, haproxy } = pools;
        const address: AddressInfo = { address: '127.0.0.1', family: 'IPv4', port: haproxy.port };
        let replaced: CloseReport | undefined;
        const restart = { name: 'restart', run: () => first.restart() };
        assertZeroLoss(
          await checkZeroLoss({
            ...CLIENTS,
            held: { ...CLIENTS.held, requestsPerConnection },
            address,
            workload,
            disruptions: [
              restart,
              restart,
              restart,
              {
                name: 'replacement',
                run: async () => {
                  replaced = await replace(pools);
                },
              },
              { name: 'restart of the new pool', run: () => second.restart() },
            ],
          }),
        );
        expect(replaced).toMatchObject({ cutConnections: 0 });
        for (const pool of [first, second]) {
          expect(await pool.stats()).toMatchObject({
            refusedConnections: { proxyHeader: 0 },
            total: { handlerErrors: 0 },
          });
        }
        if (mode === 'http') return;
        // Its own address, not that of HAProxy's connection to the pool.
        await using client = await LineClient.connect(address);
        expect(await client.ask('remote')).toBe(`127.0.0.1 ${client.socket.localPort}`);
      },
    );
  });
}
