import { ClientSide } from './client-side.ts';
import { disturbServer } from './disturb-server.ts';
import { planClients } from './plan-clients.ts';
import {
  type ResolvedZeroLossOptions,
  resolveZeroLossOptions,
  type ZeroLossOptions,
} from './zero-loss-options.ts';
import { ZeroLossTimeoutError } from './zero-loss-error.ts';
import { reportZeroLoss, type ZeroLossReport } from './zero-loss-report.ts';

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
 * @throws {ZeroLossTimeoutError} when the disruptions are not over after `maxDurationMs`; its `report` is what the clients saw
 * @throws {unknown} what a disruption rejects with
 * @example
 * assertZeroLoss(await checkZeroLoss({ address: pool.address, disruptions: poolDisruptions(pool) }));
 */
export async function checkZeroLoss(options: ZeroLossOptions): Promise<ZeroLossReport> {
  const { report, failure } = await observeServer(resolveZeroLossOptions(options));
  if (failure instanceof ZeroLossTimeoutError) failure.report = report;
  if (failure !== undefined) throw failure;
  return report;
}

/** What a check saw, and why it was not carried through, if it was not. */
export interface Observation {
  readonly report: ZeroLossReport;
  /** What a disruption rejected with, or that it took too long; a problem in the report as well. */
  readonly failure: Error | undefined;
}

/** Does a check whose report tells also of a disruption that failed. */
export async function observeServer(options: ResolvedZeroLossOptions): Promise<Observation> {
  const { signal } = options;
  signal?.throwIfAborted();
  const clients = new ClientSide(planClients(options));
  const over = new AbortController();
  try {
    await Promise.race([clients.started, aborted(signal)]);
    const { disruptions, failure } = await Promise.race([
      disturbServer(options, AbortSignal.any([over.signal, signal ?? []].flat())),
      // A load that fails must not go unheard until the disruptions are over.
      clients.results.then((): never => {
        throw new Error('Cannot finish the check: its load ended before the disruptions');
      }),
      aborted(signal),
    ]);
    clients.stop();
    const results = await Promise.race([clients.results, aborted(signal)]);
    return { report: reportZeroLoss(options, disruptions, results, failure), failure };
  } finally {
    over.abort();
    await clients.abort();
  }
}

/** Rejects when the signal fires. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
