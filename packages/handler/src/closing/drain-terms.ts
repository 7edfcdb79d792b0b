import type { Departure } from '../contract/departure.ts';

/** By when a connection that waits for a request is ended without one. */
export interface DrainTerms {
  /** When it is ended however short it has waited, on the clock of `performance.now()`. */
  readonly endIdleAtMs: number;
  /** How long it is kept for its next request, in milliseconds since its last reply. */
  readonly idleGraceMs: number;
  /** How long it is kept for its first request, in milliseconds since it was opened. */
  readonly firstRequestGraceMs: number;
  /** How long a client has to end its side after ours has ended, in milliseconds. */
  readonly lingerMs: number;
}

/** The end of a grace period that is kept free: its share, and the most, in milliseconds. */
const RESERVED_SHARE = 0.25;
const MAX_RESERVED_MS = 2_500;

/** The most of it that clients get to end their side, in milliseconds. */
const MAX_LINGER_MS = 1_000;

/** Who connects sends at once; who has been silent for so long only reserves a connection. */
const FIRST_REQUEST_GRACE_MS = 1_000;

/**
 * Tells how long to wait for requests.
 *
 * In a restart nobody waits for the worker's end, so that a connection stays until its next
 * reply tells the client to go elsewhere; only the last part of the grace period is kept free,
 * for a round trip on a busy machine. In a close a connection has the idle grace.
 *
 * @param departure how the worker leaves
 * @param idleGraceMs how long a connection is kept for its next request when the pool closes
 */
export function drainTerms(departure: Departure, idleGraceMs: number): DrainTerms {
  const graceMs = Math.max(0, departure.deadlineMs - performance.now());
  const reservedMs = Math.min(MAX_RESERVED_MS, graceMs * RESERVED_SHARE);
  const closing = departure.reason === 'close';
  return {
    endIdleAtMs: departure.deadlineMs - reservedMs,
    idleGraceMs: closing ? idleGraceMs : Infinity,
    firstRequestGraceMs: closing ? Math.min(idleGraceMs, FIRST_REQUEST_GRACE_MS) : Infinity,
    lingerMs: Math.min(MAX_LINGER_MS, reservedMs / 2),
  };
}
