import type { RandomSource } from '../random-source.ts';
import type { RateSchedule } from './rate-schedule.ts';

/** How requests follow each other: evenly, or at random as from many independent users. */
export type ArrivalProcess = 'constant' | 'poisson';

/** Every {@link ArrivalProcess}. */
export const ARRIVAL_PROCESSES: readonly ArrivalProcess[] = Object.freeze(['constant', 'poisson']);

/** What one thread takes of a schedule. */
export interface ArrivalShare {
  readonly process: ArrivalProcess;
  readonly share: number;
  readonly shares: number;
  /** The most arrivals of this share behind the warm-up, or Infinity. */
  readonly limit: number;
  /** Until when arrivals take nothing from the limit, in milliseconds after the start. @default 0 */
  readonly warmupMs?: number;
}

/**
 * Yields the due times of the requests of one thread, in order, one at a time.
 *
 * With `constant` a share takes every n-th request of the common schedule; with `poisson` each share
 * is an independent Poisson process of the n-th part of the rate, and their union is one of the
 * whole rate. Nothing is stored, so that a backlog of any length costs no memory.
 */
export class Arrivals {
  readonly #schedule: RateSchedule;
  readonly #share: ArrivalShare;
  readonly #random: RandomSource;
  #position: number;
  #taken = 0;
  #nextMs: number;

  constructor(schedule: RateSchedule, share: ArrivalShare, random: RandomSource) {
    this.#schedule = schedule;
    this.#share = share;
    this.#random = random;
    this.#position = share.process === 'constant' ? share.share : this.#gap();
    this.#nextMs = this.#time();
  }

  /** Returns when the next request is due, in milliseconds after the start; Infinity when none is left. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** Takes the next request. */
  take(): void {
    if (this.#nextMs >= (this.#share.warmupMs ?? 0)) this.#taken += 1;
    this.#position += this.#share.process === 'constant' ? this.#share.shares : this.#gap();
    this.#nextMs = this.#time();
  }

  /** Takes every request that is due up to a time, and returns how many of them were due behind the warm-up. */
  takeDue(timeMs: number): number {
    const before = this.#taken;
    while (this.#nextMs <= timeMs && this.#nextMs !== Number.POSITIVE_INFINITY) this.take();
    return this.#taken - before;
  }

  #gap(): number {
    return -Math.log(1 - this.#random()) * this.#share.shares;
  }

  /**
   * Returns when the request behind the last one would be due, so that a rate of n requests in a
   * second takes a second; Infinity while some are left.
   */
  get endMs(): number {
    if (this.#taken < this.#share.limit) return Number.POSITIVE_INFINITY;
    return Math.min(this.#schedule.timeOf(this.#position), this.#schedule.durationMs);
  }

  #time(): number {
    if (this.#taken >= this.#share.limit) return Number.POSITIVE_INFINITY;
    return this.#schedule.timeOf(this.#position);
  }
}
