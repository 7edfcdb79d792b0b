import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHaproxy, withoutHaproxy } from '@sockpool/haproxy-fixture';
import { startNginx, withoutNginx } from '../nginx.ts';
import { listeningPool, type PoolKind } from '../pool-under-test.ts';
import { startThinkingClients, type ThinkingClientsOptions } from '../thinking-clients.ts';

/** A load balancer that keeps its connections to pools. */
interface LoadBalancer {
  readonly name: string;
  /** Why its tests are skipped, if they are. */
  readonly without: string | undefined;
  /** Starts it in front of an address. */
  readonly start: (server: string) => Promise<ThinkingClientsOptions['target']>;
}

const LOAD_BALANCERS: readonly LoadBalancer[] = [
  {
    name: 'nginx',
    without: withoutNginx,
    start: async (server) => {
      const nginx = await startNginx(`server ${server};`);
      onTestFinished(() => nginx[Symbol.asyncDispose]());
      return { path: nginx.path };
    },
  },
  {
    name: 'HAProxy',
    without: withoutHaproxy,
    start: async (server) => {
      const haproxy = await startHaproxy({
        mode: 'http',
        backend: `http-reuse always
  default-server check inter 250ms
  server pool ${server}`,
      });
      onTestFinished(() => haproxy[Symbol.asyncDispose]());
      const servers = async () => Object.fromEntries(await haproxy.servers());
      // Until it answers, it may not listen yet.
      await expect.poll(servers, { interval: 20, timeout: 30_000 }).toMatchObject({ pool: 'UP' });
      return { port: haproxy.port };
    },
  },
];

/** Behind load balancers with kept connections, POST requests are not lost, which nobody repeats. */
export function describeBehindKeptConnections(kind: PoolKind): void {
  describe.each(LOAD_BALANCERS)(
    `${kind.name} behind kept connections of $name`,
    ({ without, start }) => {
      const skipped = without === undefined ? '' : ` (skipped: ${without})`;
      test.skipIf(without !== undefined)(
        `loses no POST when it restarts${skipped}`,
        { timeout: 240_000 },
        async () => {
          const { pool } = await listeningPool(kind, { name: 'hosted-fastify' });
          const { port } = pool.address as AddressInfo;
          const clients = await startThinkingClients({
            target: await start(`127.0.0.1:${port}`),
            connections: 30,
            thinkMs: [0, 1_000],
            http: {
              requests: ['POST /json'],
              headers: { 'content-type': 'application/json' },
              body: '{"a":1}',
              expectBody: '{"got":{"a":1}}',
            },
          });
          await clients.underWay;
          for (let restart = 0; restart < 3; restart += 1) {
            expect(await pool.restart()).toMatchObject({ cutConnections: 0 });
          }
          expect((await clients.stop()).lost).toEqual({});
        },
      );
    },
  );
}
