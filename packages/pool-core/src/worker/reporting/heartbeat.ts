import { HEARTBEAT_MS } from '../../protocol/intervals.ts';

/** Shows regularly that a worker's event loop turns, and tells how busy it was since it last did. */
export class Heartbeat {
  readonly #beat: (eventLoopUtilization: number) => void;
  #last = performance.eventLoopUtilization();
  #utilization = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param beat takes the share of time that the event loop was busy, from 0 to 1 */
  constructor(beat: (eventLoopUtilization: number) => void) {
    this.#beat = beat;
  }

  /** The share of time that the event loop was busy before the last beat; 0 before the first. */
  get eventLoopUtilization(): number {
    return this.#utilization;
  }

  /** Beats from now on. */
  start(): void {
    this.#timer = setInterval(() => this.beat(), HEARTBEAT_MS).unref();
  }

  /** Beats once. */
  beat(): void {
    const now = performance.eventLoopUtilization();
    this.#utilization = performance.eventLoopUtilization(now, this.#last).utilization;
    this.#last = now;
    this.#beat(this.#utilization);
  }

  /** Beats no more. Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
