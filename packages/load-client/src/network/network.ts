import type { RandomSource } from '../random-source.ts';
import type { ResolvedNetworkConditions } from './network-conditions.ts';

/** What all connections of a proxy pass through; its conditions may change at any time. */
export class Network {
  readonly #random: RandomSource;
  readonly #waiting = new Set<() => void>();
  /** The conditions for what is sent from now on. */
  conditions: ResolvedNetworkConditions;
  #held = false;

  constructor(conditions: ResolvedNetworkConditions, random: RandomSource) {
    this.conditions = conditions;
    this.#random = random;
  }

  /** Returns how long the next piece of data is under way, in milliseconds. */
  travelMs(): number {
    const { delayMs, jitterMs } = this.conditions;
    return jitterMs === 0 ? delayMs : delayMs + this.#random() * jitterMs;
  }

  /** Returns the age at which the next connection is cut, or undefined. */
  drawCutMs(): number | undefined {
    const { cutAfterMs } = this.conditions;
    return cutAfterMs === null
      ? undefined
      : cutAfterMs[0] + this.#random() * (cutAfterMs[1] - cutAfterMs[0]);
  }

  /** Whether nothing arrives at present. */
  get held(): boolean {
    return this.#held;
  }

  /** Lets nothing arrive. */
  hold(): void {
    this.#held = true;
  }

  /** Lets what is due arrive. */
  release(): void {
    this.#held = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const deliver of waiting) deliver();
  }

  /** Calls the function once when the network is released. */
  onRelease(deliver: () => void): void {
    this.#waiting.add(deliver);
  }

  /** Takes back {@link Network.onRelease}. */
  offRelease(deliver: () => void): void {
    this.#waiting.delete(deliver);
  }
}
