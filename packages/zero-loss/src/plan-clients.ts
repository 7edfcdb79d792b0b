import { type LoadOptions, longThinkMs } from '@sockpool/load-client';
import type { ClientPlan } from './client-plan.ts';
import type { ResolvedZeroLossOptions } from './zero-loss-options.ts';

/** Load-client looks for late replies ten times a second; so much longer they are awaited. */
const TIMEOUT_CHECK_MS = 200;

/** So much longer than the rest of a check its load could go on, in milliseconds. */
const END_MS = 60_000;

/** For how long, in seconds, new connections may go unanswered before fewer of them are opened. */
const NEW_CONNECTIONS_SECONDS = 2;

/** Plans the load of both kinds of clients. */
export function planClients(options: ResolvedZeroLossOptions): ClientPlan {
  const { held, newConnections, network, replyTimeoutMs, retries, target } = options;
  const common: LoadOptions = {
    ...options.workload,
    retries,
    // Longer than the disruptions may take: the check ends the load.
    durationMs: options.maxDurationMs + 2 * quietAfterMs(options) + END_MS,
    drainMs: replyTimeoutMs + TIMEOUT_CHECK_MS,
    replyTimeoutMs,
    connectTimeoutMs: replyTimeoutMs,
  };
  const { connections, requestsPerConnection, thinkMs, rate } = held;
  return {
    target,
    network,
    held: {
      ...common,
      connections,
      requestsPerConnection,
      // A core is better spent on the server than on sending within microseconds.
      ...(thinkMs === undefined ? { rate, pacing: 'timer' } : { thinkMs }),
    },
    newConnections:
      newConnections.rate === 0
        ? null
        : {
            ...common,
            // Each sends its request as soon as it is open; an open run would hold connections ready.
            connections: Math.ceil(newConnections.rate * NEW_CONNECTIONS_SECONDS),
            connectRate: newConnections.rate,
            requestsPerConnection: 1,
          },
  };
}

/** Returns how long the load goes on after the last disruption: long enough for each client (999 of 1,000 by a distribution without a longest time) to ask once more. */
export function quietAfterMs({ quietMs, held }: ResolvedZeroLossOptions): number {
  const thinkMs = held.thinkMs === undefined ? 0 : longThinkMs(held.thinkMs);
  return Math.max(quietMs, thinkMs);
}
