import { setTimeout as delay } from 'node:timers/promises';
import { type LoadOptions, type LoadResult, runLoad } from '@sockpool/load-client';
import type { Disruption, DisruptionReport } from './disruption.ts';
import {
  type ResolvedZeroLossOptions,
  resolveZeroLossOptions,
  type ZeroLossOptions,
} from './zero-loss-options.ts';
import { ZeroLossTimeoutError } from './zero-loss-error.ts';
import { reportZeroLoss, type ZeroLossReport } from './zero-loss-report.ts';

/** Load-client looks for late replies ten times a second; so much longer the load goes on. */
const TIMEOUT_CHECK_MS = 200;

/** Connections that wait ready for the clients that use one for a single request. */
const READY_CONNECTIONS = 20;

/**
 * Puts a server under load, disturbs it again and again, and tells what its clients lost.
 *
 * The load is open (requests are due at fixed times, whatever the server does), no request
 * is retried, and every reply is verified. It goes on after the last disruption for as long
 * as a reply may take, so that a request that was swallowed counts as timed out.
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
  const { held, newConnections, signal } = resolved;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const load = (own: LoadOptions): Promise<LoadResult> =>
    runLoad({
      ...resolved.target,
      ...resolved.workload,
      ...own,
      durationMs: resolved.maxDurationMs,
      replyTimeoutMs: resolved.replyTimeoutMs,
      connectTimeoutMs: resolved.replyTimeoutMs,
      // A core is better spent on the server than on sending within microseconds.
      pacing: 'timer',
      signal: stop.signal,
    });
  const results = Promise.all([
    load({
      connections: held.connections,
      rate: held.rate,
      requestsPerConnection: held.requestsPerConnection,
    }),
    newConnections.rate === 0
      ? undefined
      : load({
          connections: READY_CONNECTIONS,
          rate: newConnections.rate,
          requestsPerConnection: 1,
        }),
  ]);
  // A load that cannot start must not go unheard until the disruptions are over.
  const ended = results.then((): never => {
    throw new ZeroLossTimeoutError(resolved.maxDurationMs);
  });
  try {
    const disruptions = await Promise.race([disturb(resolved), ended, aborted(signal)]);
    stop.abort();
    return reportZeroLoss(disruptions, ...(await results));
  } finally {
    stop.abort();
    await results.catch(() => undefined);
  }
}

/** Does one disruption after the other, with quiet time before and after. */
async function disturb(options: ResolvedZeroLossOptions): Promise<DisruptionReport[]> {
  const startedAtMs = performance.now();
  await delay(options.quietMs, undefined, { signal: options.signal });
  const reports: DisruptionReport[] = [];
  for (const disruption of options.disruptions) {
    options.signal?.throwIfAborted();
    reports.push(await timed(disruption, startedAtMs));
  }
  await delay(options.replyTimeoutMs + TIMEOUT_CHECK_MS, undefined, { signal: options.signal });
  return reports;
}

async function timed(disruption: Disruption, loadStartedAtMs: number): Promise<DisruptionReport> {
  const startedAtMs = performance.now();
  await disruption.run();
  return Object.freeze({
    name: disruption.name,
    startedAtMs: startedAtMs - loadStartedAtMs,
    durationMs: performance.now() - startedAtMs,
  });
}

/** Rejects when the signal fires. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
