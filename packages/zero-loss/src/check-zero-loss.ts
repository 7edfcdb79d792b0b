import { setTimeout as delay } from 'node:timers/promises';
import { type LoadOptions, longThinkMs } from '@sockpool/load-client';
import type { ClientPlan } from './client-plan.ts';
import { ClientSide } from './client-side.ts';
import type { Disruption } from './disruption.ts';
import {
  type ResolvedZeroLossOptions,
  resolveZeroLossOptions,
  type ZeroLossOptions,
} from './zero-loss-options.ts';
import { ZeroLossTimeoutError } from './zero-loss-error.ts';
import { reportZeroLoss, type TimedDisruption, type ZeroLossReport } from './zero-loss-report.ts';

/** Load-client looks for late replies ten times a second; so much longer they are awaited. */
const TIMEOUT_CHECK_MS = 200;

/** The longest time that a timer of Node can wait, in milliseconds. */
const MAX_TIMER_MS = 2_147_483_647;

/** So much longer than the rest of a check its load could go on, in milliseconds. */
const END_MS = 60_000;

/** So long after the last disruption a request may still wait to be sent again, in milliseconds. */
const RETRY_MS = 2_000;

/** For how long, in seconds, new connections may go unanswered before fewer of them are opened. */
const NEW_CONNECTIONS_SECONDS = 2;

/**
 * Puts a server under load, disturbs it again and again, and tells what its clients lost.
 *
 * The clients run in a thread of their own, if asked for behind a network that takes time, so that
 * a disruption that blocks the caller's thread hides nothing. No request is retried unless
 * `retries` says so, and every reply is verified. The load goes on after the last disruption until
 * every client that thinks has asked again; then every reply that is outstanding is awaited, for up
 * to `replyTimeoutMs`. So a reply that is late is told from one that never comes.
 *
 * Clients whose connection fails open it again as long as the check lasts.
 *
 * @param options where the server is, what is done to it, and the load
 * @returns what the clients saw; a loss does not reject, see `assertZeroLoss`
 * @throws {TypeError | RangeError} when an option is wrong
 * @throws {ZeroLossTimeoutError} when the disruptions are not over after `maxDurationMs`
 * @throws what a disruption rejects with
 * @example
 * assertZeroLoss(await checkZeroLoss({ address: pool.address, disruptions: poolDisruptions(pool) }));
 */
export async function checkZeroLoss(options: ZeroLossOptions): Promise<ZeroLossReport> {
  const resolved = resolveZeroLossOptions(options);
  const { signal, maxDurationMs } = resolved;
  signal?.throwIfAborted();
  const clients = new ClientSide(planClients(resolved));
  const over = new AbortController();
  try {
    await Promise.race([clients.started, aborted(signal)]);
    const disruptions = await Promise.race([
      disturb(resolved, AbortSignal.any([over.signal, ...(signal === undefined ? [] : [signal])])),
      expired(maxDurationMs, over.signal),
      // A load that fails must not go unheard until the disruptions are over.
      clients.results.then((): never => {
        throw new ZeroLossTimeoutError(maxDurationMs);
      }),
      aborted(signal),
    ]);
    clients.stop();
    const results = await Promise.race([clients.results, aborted(signal)]);
    return reportZeroLoss(resolved, disruptions, results);
  } finally {
    over.abort();
    await clients.abort();
  }
}

function planClients(options: ResolvedZeroLossOptions): ClientPlan {
  const { held, newConnections, network, replyTimeoutMs, retries, target } = options;
  const common: LoadOptions = {
    ...options.workload,
    retries,
    // Longer than the disruptions may take: the check ends the load.
    durationMs: options.maxDurationMs + 2 * quietAfterMs(options) + END_MS,
    drainMs: replyTimeoutMs + TIMEOUT_CHECK_MS,
    replyTimeoutMs,
    connectTimeoutMs: replyTimeoutMs,
    // A core is better spent on the server than on sending within microseconds.
    pacing: 'timer',
  };
  const { connections, requestsPerConnection, thinkMs, rate } = held;
  return {
    target,
    network,
    held: {
      ...common,
      connections,
      requestsPerConnection,
      ...(thinkMs === undefined ? { rate } : { thinkMs }),
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

/** Does one disruption after the other, with quiet time before and after. */
async function disturb(
  options: ResolvedZeroLossOptions,
  signal: AbortSignal,
): Promise<TimedDisruption[]> {
  await delay(options.quietMs, undefined, { signal });
  const done: TimedDisruption[] = [];
  for (const disruption of options.disruptions) {
    signal.throwIfAborted();
    done.push(await timed(disruption));
  }
  await delay(quietAfterMs(options), undefined, { signal });
  return done;
}

/** Returns how long the load goes on after the last disruption: long enough for each client (999 of 1,000 by a distribution without a longest time) to ask once more. */
function quietAfterMs({ quietMs, held, retries, workload }: ResolvedZeroLossOptions): number {
  const thinkMs = held.thinkMs === undefined ? 0 : longThinkMs(held.thinkMs);
  // In HTTP/2, what a GOAWAY leaves untouched is sent again without being asked for.
  const sendsAgain = retries > 0 || workload.http?.version === '2';
  return Math.max(quietMs, thinkMs) + (sendsAgain ? RETRY_MS : 0);
}

async function timed(disruption: Disruption): Promise<TimedDisruption> {
  const startedMs = performance.now();
  await disruption.run();
  return {
    name: disruption.name,
    startedAtMs: performance.timeOrigin + startedMs,
    durationMs: performance.now() - startedMs,
  };
}

/** Rejects when the time is over. */
async function expired(maxDurationMs: number, signal: AbortSignal): Promise<never> {
  await delay(Math.min(maxDurationMs, MAX_TIMER_MS), undefined, { signal, ref: false });
  throw new ZeroLossTimeoutError(maxDurationMs);
}

/** Rejects when the signal fires. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
