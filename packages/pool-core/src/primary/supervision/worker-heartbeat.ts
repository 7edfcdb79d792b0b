import { HEARTBEAT_MS } from '../../protocol/intervals.ts';
import type { SharedWorkerState } from '../../protocol/worker-handle.ts';

/** Age after which a beat says nothing any more of the load: a loop that turned would have beaten again. */
const FRESH_MS = 4 * HEARTBEAT_MS;

/** What the primary knows by a worker's heartbeat: whether its event loop turns, and how busy it is. */
export class WorkerHeartbeat {
  readonly #shared: SharedWorkerState | undefined;
  readonly #spawnedAtMs = performance.now();
  #utilization = 0;
  #lastAtMs: number | undefined;
  #handed = 0;
  #beats = 0;

  /** @param shared where worker and primary share memory, in which the beats are then found */
  constructor(shared: SharedWorkerState | undefined) {
    this.#shared = shared;
  }

  /** Milliseconds since the worker's event loop last showed that it turns; before, since its spawn. */
  get ageMs(): number {
    const ageMs = this.#shared?.heartbeatAgeMs() ?? Infinity;
    if (ageMs < Infinity) return ageMs;
    return performance.now() - (this.#lastAtMs ?? this.#spawnedAtMs);
  }

  /**
   * Share of time the worker's event loop was busy, from 0 to 1, at its last beat; 1 if that is
   * more than a second ago, and 0 before the first.
   */
  get eventLoopUtilization(): number {
    this.#look();
    if (this.#lastAtMs === undefined) return 0;
    return this.ageMs > FRESH_MS ? 1 : this.#utilization;
  }

  /** Connections handed over since the last beat. */
  get handedSince(): number {
    this.#look();
    return this.#handed;
  }

  /** The worker's event loop turns, and was so busy since it last showed it, from 0 to 1. */
  beat(utilization: number): void {
    this.#utilization = utilization;
    this.#lastAtMs = performance.now();
    this.#handed = 0;
  }

  /** A connection has been handed to the worker. */
  handedOver(): void {
    this.#look();
    this.#handed += 1;
  }

  /** Looks for a new beat in shared memory. */
  #look(): void {
    const beats = this.#shared?.heartbeats() ?? this.#beats;
    if (beats === this.#beats) return;
    this.#beats = beats;
    this.beat(this.#shared?.eventLoopUtilization() ?? 0);
  }
}
