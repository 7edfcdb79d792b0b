import {
  adviseOn,
  countAbove,
  ERROR_CLASSES,
  type ErrorClass,
  type LatencySummary,
  type LoadResult,
  mergeLatency,
} from '@sockpool/load-client';
import type { ClientResults } from './client-side.ts';
import type { DisruptionReport } from './disruption.ts';
import type { ResolvedZeroLossOptions } from './zero-loss-options.ts';

/**
 * How a request was lost: a class of load-client's errors; `unanswered` when the load ended before
 * its reply timed out; `unsent` when no connection came free for it.
 */
export type LossClass = ErrorClass | 'unanswered' | 'unsent';

/** Requests lost in one way. */
export interface Loss {
  /** Which clients lost them. */
  readonly clients: 'held' | 'newConnections';
  readonly lossClass: LossClass;
  readonly count: number;
  /** Why, as load-client tells it, such as `ECONNRESET`, with counts. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The seconds since the start of the load in which they were lost; empty where no moment can be told. */
  readonly seconds: readonly number[];
}

/** What a check saw. */
export interface ZeroLossReport {
  /** Whether no request was lost and there is no problem. */
  readonly ok: boolean;
  /** What was lost, by clients and class; empty when nothing was. */
  readonly losses: readonly Loss[];
  /** Why the check failed or proves nothing beside losses, a sentence each: a disruption that failed, late replies, clients that stood still, no reply at all. */
  readonly problems: readonly string[];
  /** Requests that got their right reply, of all clients together. */
  readonly right: number;
  /** Replies that took longer than `latencyLimitMs`. */
  readonly late: number;
  /** Attempts that failed and were sent again (option `retries`). */
  readonly retried: number;
  /** Of one request, the greatest probability of a loss that what was seen leaves open, with 95 % confidence; null when something was lost. */
  readonly lossProbabilityBelow: number | null;
  /** The longest time for which the clients' event loop stood still, in milliseconds: what happens meanwhile they see late. */
  readonly clientStalledMs: number;
  /** Connections opened, of all clients together. */
  readonly opened: number;
  /** Connections that the server behind a slow `network` did not take, by the error's code, such as `ECONNREFUSED`; its clients see resets. */
  readonly targetErrors: Readonly<Record<string, number>>;
  /** What was done to the server. */
  readonly disruptions: readonly DisruptionReport[];
  /** The latency of the held connections in the seconds of the disruptions, and in all others. */
  readonly latency: { readonly during: LatencySummary; readonly quiet: LatencySummary };
  /** What the clients measured that keep their connections. */
  readonly held: LoadResult;
  /** What the clients measured that open one for each request; undefined when there were none. */
  readonly newConnections: LoadResult | undefined;
}

/**
 * Makes the report of what both kinds of clients measured. Every error of every class is
 * a loss, and so is a request without a reply, or one that could not be sent: what is due when the
 * load stops still goes out.
 *
 * @param timed the disruptions, each with its start since the epoch
 * @param failure why not all of them were done
 */
export function reportZeroLoss(
  options: ResolvedZeroLossOptions,
  timed: readonly DisruptionReport[],
  clients: ClientResults,
  failure?: Error,
): ZeroLossReport {
  const { held, newConnections, targetErrors } = clients;
  const results = newConnections === undefined ? [held] : [held, newConnections];
  const losses = [
    ...lossesOf('held', held),
    ...(newConnections === undefined ? [] : lossesOf('newConnections', newConnections)),
  ];
  const sum = (pick: (result: LoadResult) => number): number =>
    results.reduce((total, result) => total + pick(result), 0);
  const right = sum(({ requests }) => requests.right);
  const { latencyLimitMs } = options;
  const late = Number.isFinite(latencyLimitMs)
    ? sum(({ latency }) => countAbove(latency, latencyLimitMs))
    : 0;
  const clientStalledMs = Math.max(
    ...results.flatMap(({ client }) => client.threads.map(({ delayMaxMs }) => delayMaxMs)),
  );
  const disruptions = timed.map(({ name, startedAtMs, durationMs }) =>
    Object.freeze({ name, startedAtMs: startedAtMs - held.startedAtMs, durationMs }),
  );
  const problems = [
    ...(failure === undefined ? [] : [failure.message]),
    ...problemsOf(options, clients, { late, right, clientStalledMs }),
  ];
  return Object.freeze({
    ok: losses.length === 0 && problems.length === 0,
    losses: Object.freeze(losses),
    problems: Object.freeze(problems),
    right,
    late,
    retried: sum(({ requests }) => requests.retried),
    lossProbabilityBelow: losses.length === 0 && right > 0 ? 1 - 0.05 ** (1 / right) : null,
    clientStalledMs,
    opened: sum(({ opened }) => opened),
    targetErrors,
    disruptions,
    latency: latencyOf(held, disruptions),
    held,
    newConnections,
  });
}

function problemsOf(
  { latencyLimitMs, stallLimitMs, target, workload }: ResolvedZeroLossOptions,
  { held, newConnections }: ClientResults,
  seen: { readonly late: number; readonly right: number; readonly clientStalledMs: number },
): string[] {
  const problems: string[] = [];
  if (seen.right === 0) {
    const { errors, errorReasons, requests, opened } = held;
    const seenOf = { sent: requests.sent, connections: opened, errors, errorReasons };
    problems.push(`The check proves nothing: ${adviseOn(seenOf, { ...workload, ...target })}`);
  }
  if (seen.late > 0) problems.push(`${seen.late} replies took longer than ${latencyLimitMs} ms`);
  if (seen.clientStalledMs > stallLimitMs) {
    problems.push(
      `The clients stood still for ${Math.round(seen.clientStalledMs)} ms, and may have missed what happened meanwhile: ` +
        'check again on a machine that is less busy (option stallLimitMs)',
    );
  }
  for (const result of newConnections === undefined ? [held] : [held, newConnections]) {
    const { unopened, asked, reasons } = result.connections;
    if (unopened > 0) {
      const why = Object.entries(reasons).map(([reason, count]) => `${count} × ${reason}`);
      const which = result === held ? 'held connections' : 'clients with new connections';
      problems.push(`${unopened} of ${asked} ${which} never connected: ${why.join(', ')}`);
    }
  }
  return problems;
}

function lossesOf(clients: Loss['clients'], result: LoadResult): Loss[] {
  const losses: Loss[] = ERROR_CLASSES.flatMap((lossClass) => {
    const count = result.errors[lossClass];
    if (count === 0) return [];
    const seconds = result.timeline
      .filter(({ errors }) => errors[lossClass] > 0)
      .map(({ second }) => second);
    const reasons = result.errorReasons[lossClass] ?? {};
    return [{ clients, lossClass, count, reasons, seconds }];
  });
  const { unanswered, unsent } = result.requests;
  const nowhere = { reasons: {}, seconds: [] };
  if (unanswered > 0) {
    losses.push({ clients, lossClass: 'unanswered', count: unanswered, ...nowhere });
  }
  if (unsent > 0) {
    losses.push({ clients, lossClass: 'unsent', count: unsent, ...nowhere });
  }
  return losses;
}

/** Divides the latencies into those of the disruptions' seconds and the others. */
function latencyOf(
  { timeline }: LoadResult,
  disruptions: readonly DisruptionReport[],
): ZeroLossReport['latency'] {
  const disturbed = (second: number): boolean =>
    disruptions.some(
      ({ startedAtMs, durationMs }) =>
        startedAtMs < (second + 1) * 1000 && startedAtMs + durationMs >= second * 1000,
    );
  const of = (during: boolean): LatencySummary =>
    mergeLatency(
      timeline
        .filter(({ second }) => disturbed(second) === during)
        .flatMap(({ latency }) => latency ?? []),
    );
  return { during: of(true), quiet: of(false) };
}
