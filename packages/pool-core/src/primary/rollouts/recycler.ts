import { asError } from '../../errors/error-record.ts';
import type { ManagedWorker } from '../supervision/managed-worker.ts';
import type {
  RecycleLimit,
  RecycleOptions,
  RecycleReason,
} from '../../options/workers/recycle-options.ts';

/** What a recycler looks at. */
export type RecyclableWorker = Pick<
  ManagedWorker,
  'id' | 'state' | 'startedAtMs' | 'counts' | 'lastReport' | 'report'
>;

/** What a recycler works with. */
export interface RecyclerSettings<Worker extends RecyclableWorker> {
  readonly options: Required<RecycleOptions>;
  /** The workers that have a slot. */
  readonly workers: () => readonly Worker[];
  /** Exchanges a worker; resolves when the old one is gone, to whether it was exchanged. */
  readonly exchange: (worker: Worker, reason: RecycleReason) => Promise<boolean>;
  /** Called when an exchange failed; the worker serves on. */
  readonly onFailure: (worker: Worker, error: Error) => void;
  /** A source of numbers from 0 to 1, exclusive. @default Math.random */
  readonly random?: () => number;
}

/** How often workers are looked at whose age or memory is limited, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;
/** How long after a failure nothing is recycled, in milliseconds. */
const RETRY_AFTER_MS = 10_000;

const LIMITS = ['maxConnections', 'maxAgeMs', 'maxRssBytes', 'maxHeapBytes'] as const;

/** Replaces workers that are over a limit or have asked for it, one at a time. */
export class Recycler<Worker extends RecyclableWorker> {
  readonly #settings: RecyclerSettings<Worker>;
  readonly #thresholds = new WeakMap<Worker, Readonly<Record<RecycleLimit, number>>>();
  /** Why workers have asked to be replaced. */
  readonly #requests = new WeakMap<Worker, string>();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #exchanging = false;
  #notBeforeMs = 0;
  #recycles = 0;

  constructor(settings: RecyclerSettings<Worker>) {
    this.#settings = settings;
  }

  /** How many workers have been recycled. */
  get recycles(): number {
    return this.#recycles;
  }

  /** Begins to look after the workers. */
  start(): void {
    this.#running = true;
    const { maxAgeMs, maxRssBytes, maxHeapBytes } = this.#settings.options;
    const limitsMemory = Math.min(maxRssBytes, maxHeapBytes) < Infinity;
    // What connections count is reported when it changes; only these change by themselves.
    if (!limitsMemory && maxAgeMs === Infinity) return;
    const intervalMs = Math.min(CHECK_INTERVAL_MS, Math.max(10, maxAgeMs / 10));
    const check = async (): Promise<void> => {
      const { workers } = this.#settings;
      if (limitsMemory) await Promise.all(workers().map((worker) => worker.report(intervalMs)));
      this.check();
      if (this.#running) this.#timer = setTimeout(() => void check(), intervalMs).unref();
    };
    this.#timer = setTimeout(() => void check(), intervalMs).unref();
  }

  /** Recycles nothing any more. */
  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  /** Looks for a worker over a limit; to be called when one has reported. */
  check(): void {
    if (!this.#running || this.#exchanging || performance.now() < this.#notBeforeMs) return;
    for (const worker of this.#settings.workers()) {
      const reason = this.#reason(worker);
      if (reason === undefined) continue;
      void this.#exchange(worker, reason);
      return;
    }
  }

  /** Takes a worker's wish to be replaced. */
  asked(worker: Worker, request: string): void {
    this.#requests.set(worker, request);
    this.check();
  }

  async #exchange(worker: Worker, reason: RecycleReason): Promise<void> {
    this.#exchanging = true;
    try {
      if (await this.#settings.exchange(worker, reason)) this.#recycles += 1;
    } catch (error) {
      this.#notBeforeMs = performance.now() + RETRY_AFTER_MS;
      // Nobody may report until then.
      setTimeout(() => this.check(), RETRY_AFTER_MS).unref();
      this.#settings.onFailure(worker, asError(error));
    }
    this.#exchanging = false;
    this.check();
  }

  #reason(worker: Worker): RecycleReason | undefined {
    if (worker.state !== 'ready') return undefined;
    const request = this.#requests.get(worker);
    if (request !== undefined) return { limit: 'request', value: 1, threshold: 1, request };
    const thresholds = this.#draw(worker);
    const values: Record<RecycleLimit, number> = {
      maxConnections: worker.counts.totalConnections,
      maxAgeMs: performance.now() - worker.startedAtMs,
      maxRssBytes: worker.lastReport?.rssBytes ?? 0,
      maxHeapBytes: worker.lastReport?.heapUsedBytes ?? 0,
    };
    const limit = LIMITS.find((name) => values[name] >= thresholds[name]);
    return limit && { limit, value: values[limit], threshold: thresholds[limit] };
  }

  /** The limits of one worker, each lowered by its own jitter. */
  #draw(worker: Worker): Readonly<Record<RecycleLimit, number>> {
    const { options, random = Math.random } = this.#settings;
    const lower = (limit: number): number => limit * (1 - options.jitter * random());
    const drawn = this.#thresholds.get(worker) ?? {
      maxConnections: lower(options.maxConnections),
      maxAgeMs: lower(options.maxAgeMs),
      maxRssBytes: lower(options.maxRssBytes),
      maxHeapBytes: lower(options.maxHeapBytes),
    };
    this.#thresholds.set(worker, drawn);
    return drawn;
  }
}
