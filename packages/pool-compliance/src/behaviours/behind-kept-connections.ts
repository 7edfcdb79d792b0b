import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHaproxy, withoutHaproxy } from '@sockpool/haproxy-fixture';
import type { WorkerPool } from '@sockpool/worker-supervisor';
import { startNginx, withoutNginx } from '../nginx.ts';
import { createPool, type PoolKind } from '../pool-under-test.ts';
import { startThinkingClients, type ThinkingClientsOptions } from '../thinking-clients.ts';

/** A load balancer that keeps its connections to pools. */
interface LoadBalancer {
  readonly name: string;
  /** Why its tests are skipped, if they are. */
  readonly without: string | undefined;
  /** Starts it in front of two addresses, of which the first listens. */
  readonly start: (first: string, second: string) => Promise<StartedLoadBalancer>;
}

interface StartedLoadBalancer {
  readonly target: ThinkingClientsOptions['target'];
  /** Resolves when it would use both. */
  readonly knowsBoth: () => Promise<void>;
}

const LOAD_BALANCERS: readonly LoadBalancer[] = [
  {
    name: 'nginx',
    without: withoutNginx,
    start: async (first, second) => {
      // Otherwise it avoids a server for ten seconds after one refused connection.
      const nginx = await startNginx(`server ${first} max_fails=0;
    server ${second} max_fails=0;`);
      onTestFinished(() => nginx[Symbol.asyncDispose]());
      return { target: { path: nginx.path }, knowsBoth: async () => undefined };
    },
  },
  {
    name: 'HAProxy',
    without: withoutHaproxy,
    start: async (first, second) => {
      const haproxy = await startHaproxy({
        mode: 'http',
        backend: `http-reuse always
  option redispatch 1
  default-server check inter 250ms fall 1 rise 1
  server first ${first}
  server second ${second}`,
      });
      onTestFinished(() => haproxy[Symbol.asyncDispose]());
      const knows = async (servers: Readonly<Record<string, string>>): Promise<void> => {
        const asked = async () => Object.fromEntries(await haproxy.servers());
        await expect.poll(asked, { interval: 20, timeout: 30_000 }).toMatchObject(servers);
      };
      await knows({ first: 'UP', second: 'DOWN' });
      return {
        target: { port: haproxy.port },
        knowsBoth: () => knows({ first: 'UP', second: 'UP' }),
      };
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
        `loses no POST when it restarts, and when it closes while another pool serves${skipped}`,
        { timeout: 240_000 },
        async () => {
          const first = createPool(kind, { name: 'hosted-fastify' });
          const second = createPool(kind, { name: 'hosted-fastify' });
          const { port } = (await first.listen()) as AddressInfo;
          const { target, knowsBoth } = await start(`127.0.0.1:${port}`, `127.0.0.2:${port}`);
          const clients = await startThinkingClients({
            target,
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
          await restart(first, 3);
          await second.listen({ host: '127.0.0.2', port });
          await knowsBoth();
          expect(await first.close()).toMatchObject({ cutConnections: 0 });
          await restart(second, 1);
          expect((await clients.stop()).lost).toEqual({});
        },
      );
    },
  );
}

async function restart(pool: WorkerPool, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    expect(await pool.restart()).toMatchObject({ cutConnections: 0 });
  }
}
