import type { WorkerMeasures } from '@sockpool/metrics/measuring';

/** What a worker has last told that it has measured. */
export class KeptMeasures {
  #measures: WorkerMeasures | undefined;
  #toldAtMs: number | undefined;
  #toldLast = false;

  /** What it last told; undefined when it has told nothing. */
  get measures(): WorkerMeasures | undefined {
    return this.#measures;
  }

  /** Milliseconds since it told so. */
  get ageMs(): number | undefined {
    return this.#toldAtMs === undefined ? undefined : performance.now() - this.#toldAtMs;
  }

  /** Whether it has made its last report, so that nothing is missing in it. */
  get toldLast(): boolean {
    return this.#toldLast;
  }

  /** The worker has told what it has measured, if anything. */
  told(measures: WorkerMeasures | undefined): void {
    if (measures === undefined) return;
    this.#measures = measures;
    this.#toldAtMs = performance.now();
  }

  /** The worker has made its last report. */
  exiting(measures: WorkerMeasures | undefined): void {
    this.told(measures);
    this.#toldLast = true;
  }
}
