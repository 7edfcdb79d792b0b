import { setTimeout as delay } from 'node:timers/promises';
import type { TargetAddress } from '@sockpool/load-client';
import { type HaproxyRunner, NO_HAPROXY, type RunningHaproxy } from './haproxy-runner.ts';
import { startNginx, withoutNginx } from './nginx.ts';

/** A server that a load balancer sends requests to. */
export interface BalancedServer {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** The port on which its health is asked for, by load balancers that do. */
  readonly healthPort?: number | undefined;
}

/** A load balancer in front of servers, to which it keeps its connections. */
export interface RunningLoadBalancer extends AsyncDisposable {
  /** Where its clients connect. */
  readonly address: TargetAddress;
  /**
   * Tells what it complains of so far: attempts that failed on a connection that was there, a line
   * each. Some of these the clients do not see, since it tries again elsewhere.
   */
  failures(): Promise<readonly string[]>;
}

/** A kind of load balancer that keeps its connections to servers. */
export interface LoadBalancer {
  readonly name: string;
  /** Why it cannot be run here, if so. */
  readonly without: string | undefined;
  /** Runs it until it accepts and, where it asks for health, every server is up. */
  start(servers: readonly BalancedServer[]): Promise<RunningLoadBalancer>;
}

const NGINX: LoadBalancer = {
  name: 'nginx',
  without: withoutNginx,
  start: async (servers) => {
    const lines = servers.map(({ port }) => `server 127.0.0.1:${port} max_fails=0;`);
    const nginx = await startNginx(lines.join('\n    '));
    return {
      address: { path: nginx.path },
      // A server that has closed its port refuses, which costs no request: the next one gets it.
      failures: async () =>
        (await nginx.errors()).filter((line) => !line.includes('Connection refused')),
      [Symbol.asyncDispose]: () => nginx[Symbol.asyncDispose](),
    };
  },
};

/**
 * Gives every kind that there is.
 *
 * @param haproxy what runs HAProxy
 */
export function loadBalancers(haproxy: HaproxyRunner = NO_HAPROXY): readonly LoadBalancer[] {
  return [NGINX, haproxyBy(haproxy)];
}

function haproxyBy({ withoutHaproxy, startHaproxy }: HaproxyRunner): LoadBalancer {
  return {
    name: 'HAProxy',
    without: withoutHaproxy,
    start: async (servers) => {
      const lines = servers.map(
        ({ port, healthPort }, index) =>
          `server pool${index} 127.0.0.1:${port}${healthPort === undefined ? '' : ` port ${healthPort}`}`,
      );
      const healthy = servers.every(({ healthPort }) => healthPort !== undefined);
      const haproxy = await startHaproxy({
        mode: 'http',
        backend: `http-reuse always
  retries 0
  ${healthy ? 'option httpchk GET /readyz' : ''}
  default-server check inter 100ms fall 2 rise 2 pool-purge-delay 1s
  ${lines.join('\n  ')}`,
      });
      await allUp(haproxy, servers.length);
      return {
        address: { host: '127.0.0.1', port: haproxy.port },
        // With retries 0 its clients see every one.
        failures: async () => [],
        [Symbol.asyncDispose]: () => haproxy[Symbol.asyncDispose](),
      };
    },
  };
}

/** So many times, 20 ms apart, HAProxy is asked whether its servers are up. */
const MOST_ASKED = 3_000;

async function allUp(haproxy: RunningHaproxy, count: number): Promise<void> {
  let states: readonly string[] = [];
  for (let asked = 0; asked < MOST_ASKED; asked += 1) {
    states = [...(await haproxy.servers()).values()];
    if (states.length === count && states.every((state) => state === 'UP')) return;
    await delay(20);
  }
  throw new Error(`Cannot use HAProxy: its servers are ${states.join(', ')}`);
}
