/** Why a worker leaves: the pool goes on without it (restart, resize, recycling), or closes. */
export type DepartureReason = 'restart' | 'close';

/** What the primary tells a worker that is to go away. */
export interface DepartureOrder {
  readonly reason: DepartureReason;
  /** Time until what is still open is cut, in milliseconds; `Infinity` for no limit. */
  readonly graceMs: number;
}

/** How a worker leaves. */
export interface Departure {
  /**
   * `restart`: other workers serve already, so that clients may take their time, however long
   * they think. `close`: somebody waits for the end.
   */
  readonly reason: DepartureReason;
  /** When what is still open is cut, on the clock of `performance.now()`; `Infinity` for never. */
  readonly deadlineMs: number;
  /** Whether connections may still come that waited for a worker. */
  readonly expectsConnections: boolean;
}

/** Makes a departure of an order that has just come. */
export function departureOf(order: DepartureOrder, expectsConnections: boolean): Departure {
  return Object.freeze({
    reason: order.reason,
    deadlineMs: performance.now() + order.graceMs,
    expectsConnections,
  });
}
