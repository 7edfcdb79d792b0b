import { REPORT_INTERVAL_MS } from '../../protocol/intervals.ts';
import type { Measured, WorkerMessage } from '../../protocol/messages.ts';
import { monotonicNowMs } from '../../protocol/monotonic-clock.ts';
import type { WorkerCounters, WorkerReport } from '../../protocol/worker-report.ts';
import { Heartbeat } from './heartbeat.ts';
import { memoryUse } from './memory-use.ts';
import type { WorkerMetering } from './worker-metering.ts';
import { Throttle } from './throttle.ts';

/** What a worker tells of itself: its heartbeat, and its counters when they change or are asked for. */
export class WorkerReports {
  readonly #counters: WorkerCounters;
  readonly #flush: () => void;
  readonly #metering: WorkerMetering;
  readonly #heartbeat: Heartbeat;
  readonly #throttle: Throttle;
  #lastConnectionAtMs = 0;

  /**
   * @param counters the live counters
   * @param metering what the worker measures
   * @param line `send` takes what is for the primary; `flush` sends what it is to hear before a report
   */
  constructor(
    counters: WorkerCounters,
    metering: WorkerMetering,
    { send, flush }: { send: (message: WorkerMessage) => void; flush: () => void },
  ) {
    this.#counters = counters;
    this.#flush = flush;
    this.#metering = metering;
    this.#heartbeat = new Heartbeat((eventLoopUtilization) => {
      send({ type: 'heartbeat', eventLoopUtilization });
      // Requests on connections that stay open change no counter.
      metering.whenDue(() => send({ type: 'report', report: this.take(), ...this.measured() }));
    });
    this.#throttle = new Throttle(
      () => send({ type: 'report', report: this.take() }),
      REPORT_INTERVAL_MS,
    );
  }

  /** Its heart beats from now on. */
  start(): void {
    this.#heartbeat.start();
  }

  /** Shows at once that the event loop turns. */
  beat(): void {
    this.#heartbeat.beat();
  }

  /** A connection has come. Returns when, in milliseconds of the machine's monotonic clock. */
  connectionCame(): number {
    this.#lastConnectionAtMs = monotonicNowMs();
    return this.#lastConnectionAtMs;
  }

  /** The counters have changed: tells at once, or when the last time is long enough ago. */
  changed(): void {
    this.#throttle.changed();
  }

  /** The report of this moment. */
  take(): WorkerReport {
    this.#flush();
    return {
      ...this.#counters.read(),
      lastConnectionAtMs: this.#lastConnectionAtMs,
      ...memoryUse(),
      eventLoopUtilization: this.#heartbeat.eventLoopUtilization,
    };
  }

  /** What comes with a report, where the worker measures anything. */
  measured(): Measured {
    const measures = this.#metering.take();
    return measures === undefined ? {} : { measures };
  }

  /** Tells nothing by itself any more. Idempotent. */
  stop(): void {
    this.#heartbeat.stop();
    this.#throttle.stop();
  }
}
