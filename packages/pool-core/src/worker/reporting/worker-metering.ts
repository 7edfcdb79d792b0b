import type { MeteredConnection, WorkerMeasures, WorkerMeter } from '@sockpool/metrics/measuring';
import type { ResolvedMetricsOptions } from '../../options/metrics-options.ts';
import { METRICS_INTERVAL_MS } from '../../protocol/intervals.ts';

/** The longest that a worker waits for its program's own metrics as it goes, in milliseconds. */
const LAST_COLLECT_MS = 1_000;

/** What a worker gives its metering. */
export interface WorkerMeteringSettings {
  /** The open connections. */
  readonly connections: () => Iterable<MeteredConnection>;
  /** Hears of what the program exposes and cannot be read. */
  readonly onError: (error: unknown) => void;
}

/** A worker's meter, which is loaded only where the pool has the option `metrics`. */
export class WorkerMetering {
  readonly #options: ResolvedMetricsOptions | undefined;
  readonly #settings: WorkerMeteringSettings;
  #meter: WorkerMeter | undefined;
  #takenAtMs = -Infinity;
  #collecting = false;

  /**
   * @param options what to measure, if anything
   * @param settings the worker
   */
  constructor(options: ResolvedMetricsOptions | undefined, settings: WorkerMeteringSettings) {
    this.#options = options;
    this.#settings = settings;
  }

  /** Measures from now on, before the handler module is loaded. */
  async start(): Promise<void> {
    if (this.#options === undefined) return;
    const { WorkerMeter: Meter } = await import('@sockpool/metrics/measuring');
    this.#meter = new Meter({ ...this.#settings, http: this.#options.http });
    this.#meter.start();
  }

  /**
   * Calls back when the primary is to hear of it again, with what the program exposes as of now: if
   * that takes longer than to the next call of this, without waiting for it.
   */
  whenDue(tell: () => void): void {
    const meter = this.#meter;
    if (meter === undefined || performance.now() - this.#takenAtMs < METRICS_INTERVAL_MS) return;
    if (this.#collecting) {
      tell();
      return;
    }
    this.#collecting = true;
    const takenAtMs = this.#takenAtMs;
    void meter.collect().then(() => {
      this.#collecting = false;
      if (takenAtMs === this.#takenAtMs) tell();
    });
  }

  /** A connection has ended that was open for so long, in milliseconds. */
  closed(connection: MeteredConnection, openForMs: number): void {
    this.#meter?.closed(connection, openForMs);
  }

  /** A TLS handshake has been done. */
  handshaken(): void {
    this.#meter?.handshaken();
  }

  /** What there is to tell; undefined where nothing is measured. */
  take(): WorkerMeasures | undefined {
    if (this.#meter === undefined) return undefined;
    this.#takenAtMs = performance.now();
    return this.#meter.read();
  }

  /** Waits for the program's own metrics once more, a second at most, so that the last report has them. */
  async settle(): Promise<void> {
    if (this.#meter === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const limit = setTimeout(resolve, LAST_COLLECT_MS);
    await Promise.race([this.#collectAnew(this.#meter), promise]);
    clearTimeout(limit);
  }

  /** Measures no more. Idempotent. */
  stop(): void {
    this.#meter?.stop();
  }

  /** One that is under way may have begun before the last change. */
  async #collectAnew(meter: WorkerMeter): Promise<void> {
    await meter.collect();
    await meter.collect();
  }
}
