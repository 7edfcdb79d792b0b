import { ERROR_CLASSES, type ErrorClass, type LoadResult } from '@sockpool/load-client';
import type { DisruptionReport } from './disruption.ts';

/** How a request was lost: a class of load-client's errors, or never sent because no connection came free. */
export type LossClass = ErrorClass | 'unsent';

/** Requests lost in one way. */
export interface Loss {
  /** Which clients lost them. */
  readonly clients: 'held' | 'newConnections';
  readonly lossClass: LossClass;
  readonly count: number;
}

/** What a check saw. */
export interface ZeroLossReport {
  /** Whether no request was lost. */
  readonly ok: boolean;
  /** What was lost, by clients and class; empty when nothing was. */
  readonly losses: readonly Loss[];
  /** Requests that got their right reply, of all clients together. */
  readonly right: number;
  /** Connections opened, of all clients together. */
  readonly opened: number;
  /** What was done to the server. */
  readonly disruptions: readonly DisruptionReport[];
  /** What the clients measured that keep their connections. */
  readonly held: LoadResult;
  /** What the clients measured that open one for each request; undefined when there were none. */
  readonly newConnections: LoadResult | undefined;
}

/**
 * Makes the report of what both kinds of clients measured. Every error of every class is
 * a loss. So are requests that could not be sent, if they are more than fell due in the
 * load's last second: fewer were only about to be sent when it stopped.
 */
export function reportZeroLoss(
  disruptions: readonly DisruptionReport[],
  held: LoadResult,
  newConnections: LoadResult | undefined,
): ZeroLossReport {
  const losses = [
    ...lossesOf('held', held),
    ...(newConnections === undefined ? [] : lossesOf('newConnections', newConnections)),
  ];
  return Object.freeze({
    ok: losses.length === 0,
    losses: Object.freeze(losses),
    right: held.requests.right + (newConnections?.requests.right ?? 0),
    opened: held.opened + (newConnections?.opened ?? 0),
    disruptions,
    held,
    newConnections,
  });
}

function lossesOf(clients: Loss['clients'], result: LoadResult): Loss[] {
  const losses: Loss[] = ERROR_CLASSES.flatMap((lossClass) => {
    const count = result.errors[lossClass];
    return count === 0 ? [] : [{ clients, lossClass, count }];
  });
  const { unsent } = result.requests;
  if (unsent > requestsOfLastSecond(result))
    losses.push({ clients, lossClass: 'unsent', count: unsent });
  return losses;
}

function requestsOfLastSecond({ settings }: LoadResult): number {
  return settings.schedule?.at(-1)?.toRate ?? 0;
}
