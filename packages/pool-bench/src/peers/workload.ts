import type { ClientReport } from './load.ts';
import type { Peer } from './peers.ts';
import type { Figure } from './results.ts';

/** What one measurement of one peer gave. */
export interface Outcome {
  readonly figures: Readonly<Record<string, number>>;
  readonly otherLoad: number;
  readonly clientLoad: number;
}

/** Something that all peers are put to. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** The first is what the ratios and the picture are about. */
  readonly figures: readonly Figure[];
  /** The peer beside which the others are seen. */
  readonly baseline: string;
  /** Whether a peer can be put to it. */
  suits(peer: Peer): boolean;
  /** Names the clients. */
  client(): Promise<string>;
  measure(peer: Peer, isQuick: boolean): Promise<Outcome>;
}

/** How many workers a server has, unless a workload says otherwise. */
export const WORKERS = 2;

/** How many clients are there at a time, unless a workload says otherwise. */
export const CONNECTIONS = 64;

/** A quick run does this share of the work. */
const QUICK = 1 / 25;

/** Returns how much of its work a workload does. */
export function scaled(count: number, isQuick: boolean): number {
  return isQuick ? Math.ceil(count * QUICK) : count;
}

/**
 * Checks that all were served, and nothing was lost.
 *
 * @throws {Error} when somebody was not served, or only after a loss
 */
export function check(report: ClientReport, requests: number): void {
  checkAllServed(report, requests);
  if (report.lost > 0) throw new Error(`${report.lost} connections were lost`);
}

/**
 * Checks that all were served.
 *
 * @throws {Error} when somebody was not served in time
 */
export function checkAllServed({ right, seconds }: ClientReport, clients: number): void {
  if (right === clients) return;
  throw new Error(`${right} of ${clients} were served in ${seconds.toFixed(0)} s`);
}
