import { LOAD_SAMPLE_MS } from '../../protocol/intervals.ts';
import type { SharedWorkerState } from '../../protocol/worker-handle.ts';

/** Age after which a sample says nothing any more: a worker that turned would have sent a newer one. */
const FRESH_MS = 4 * LOAD_SAMPLE_MS;

/** How busy one worker is, as far as the primary knows. */
export class WorkerLoad {
  readonly #shared: SharedWorkerState | undefined;
  #utilization = 0;
  #sampledAtMs: number | undefined;
  #handed = 0;
  #samples = 0;

  /** @param shared where worker and primary share memory, in which the samples are then found */
  constructor(shared: SharedWorkerState | undefined) {
    this.#shared = shared;
  }

  /**
   * Share of time the worker's event loop was busy, from 0 to 1, when it was last sampled;
   * 1 if that is more than a second ago, and 0 before the first sample.
   */
  get utilization(): number {
    this.#look();
    if (this.#sampledAtMs === undefined) return 0;
    return this.#ageMs() > FRESH_MS ? 1 : this.#utilization;
  }

  /** Connections handed over since the last sample. */
  get handedSinceSample(): number {
    this.#look();
    return this.#handed;
  }

  /** Milliseconds since the worker last showed that its event loop turns; undefined before. */
  get signOfLifeAgeMs(): number | undefined {
    if (this.#shared !== undefined) return this.#shared.heartbeatAgeMs();
    return this.#sampledAtMs === undefined ? undefined : this.#ageMs();
  }

  /** The worker has told how busy it was, from 0 to 1, since it last did. */
  sampled(utilization: number): void {
    this.#utilization = utilization;
    this.#sampledAtMs = performance.now();
    this.#handed = 0;
  }

  /** A connection has been handed to the worker. */
  handedOver(): void {
    this.#look();
    this.#handed += 1;
  }

  /** Looks for a new sample in shared memory. */
  #look(): void {
    const samples = this.#shared?.loadSamples() ?? this.#samples;
    if (samples === this.#samples) return;
    this.#samples = samples;
    this.sampled(this.#shared?.eventLoopUtilization() ?? 0);
  }

  #ageMs(): number {
    // What was found in shared memory may be older than the look at it.
    return this.#shared?.heartbeatAgeMs() ?? performance.now() - (this.#sampledAtMs ?? 0);
  }
}
