import type { ServerResponse } from 'node:http';
import type { PageHost } from '@sockpool/control';
import type { Hello, HistoryRow, Mark, PoolSample } from '../wire.ts';
import { DrainWatch } from './drain-watch.ts';
import { EventLog } from './event-log.ts';
import { HISTORY_COLUMNS, historyRow } from './history-row.ts';
import type { DashboardPool } from './measured-pool.ts';
import { Sampler } from './sampler.ts';
import { Viewers } from './viewers.ts';

/** How many marks are kept. */
const MAX_MARKS = 200;

/** How a pool is watched. */
export interface LiveTerms {
  readonly host: PageHost;
  /** Whether there is a token. */
  readonly steerable: boolean;
  readonly sampleMs: number;
  readonly historyMs: number;
}

/**
 * Watches a pool and tells viewers: the past, which is bounded, then each sample and event as it
 * comes. The samples are taken whether somebody looks or not, so that who opens the page in trouble
 * sees how it began.
 */
export class Live {
  readonly #terms: LiveTerms;
  readonly #sampler: Sampler;
  readonly #viewers: Viewers;
  readonly #log = new EventLog();
  readonly #drains: DrainWatch;
  readonly #latencyMs: Hello['about']['latencyMs'];
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;
  #rows: HistoryRow[] = [];
  #marks: Mark[] = [];
  #sample: PoolSample;

  /**
   * @param pool what is watched
   * @param terms how
   */
  constructor(pool: DashboardPool, terms: LiveTerms) {
    this.#terms = terms;
    this.#viewers = new Viewers((reason) => terms.host.clientCut(reason));
    this.#sampler = new Sampler(pool);
    const { request } = pool.metrics().boundaries;
    this.#latencyMs = {
      finest: (request[0] ?? 0) * 1_000,
      coarsest: (request.at(-1) ?? 0) * 1_000,
    };
    this.#drains = new DrainWatch(pool, (drain) => this.#viewers.tellMoment({ drain }));
    this.#sample = this.#sampler.take();
    this.#keep(historyRow(this.#sample));
    this.#unsubscribe = terms.host.subscribe((told) => {
      const event = this.#log.add(told);
      if (event.mark !== undefined) this.#marks = [...this.#marks.slice(1 - MAX_MARKS), event.mark];
      this.#viewers.tell({ event });
    });
    this.#timer = setInterval(() => this.#tick(), terms.sampleMs).unref();
  }

  /**
   * Tells one more viewer of everything, from now on.
   *
   * @param response the answer, of which nothing is sent yet
   */
  show(response: ServerResponse): void {
    const { host, steerable, sampleMs, historyMs } = this.#terms;
    const { name, pid, node } = host.about();
    this.#viewers.add(response, {
      hello: {
        about: { name, pid, node, steerable, sampleMs, historyMs, latencyMs: this.#latencyMs },
        columns: HISTORY_COLUMNS,
        history: this.#rows,
        marks: this.#marks,
        events: this.#log.events,
        sample: this.#sample,
        drain: this.#drains.drain,
      },
    });
  }

  /** Watches no more, and ends what viewers are told. */
  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.#viewers.close();
  }

  #tick(): void {
    this.#sample = this.#sampler.take();
    const row = historyRow(this.#sample);
    this.#keep(row);
    this.#viewers.tellMoment({ sample: this.#sample, row });
    if (this.#viewers.size > 0) this.#drains.look(this.#sample.workers);
  }

  #keep(row: HistoryRow): void {
    const { sampleMs, historyMs } = this.#terms;
    this.#rows.push(row);
    if (this.#rows.length > historyMs / sampleMs) this.#rows.shift();
  }
}
