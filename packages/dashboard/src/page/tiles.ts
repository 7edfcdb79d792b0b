import type { PoolSample } from '../wire.ts';
import { byId, element, setAttribute, setText } from './dom.ts';
import { count, counted, duration, milliseconds, quantileMs, rate } from './format.ts';

/** What a tile shows of a sample. */
interface Tile {
  readonly title: (sample: PoolSample) => string;
  readonly value: (sample: PoolSample) => string;
  readonly more: (sample: PoolSample) => string;
  /** Whether it is a thing to look at. */
  readonly tone?: (sample: PoolSample) => 'bad' | 'warn' | undefined;
}

const RATES = {
  requests: (sample: PoolSample) => sample.requestsPerSecond,
  messages: (sample: PoolSample) => sample.messagesPerSecond,
  connections: (sample: PoolSample) => sample.connectionsPerSecond,
} as const;

const TOTALS = {
  requests: (sample: PoolSample) => sample.requests,
  messages: (sample: PoolSample) => sample.totals.messages,
  connections: (sample: PoolSample) => sample.totals.totalConnections,
} as const;

const TILES: Readonly<Record<string, Tile>> = Object.freeze({
  rate: {
    title: ({ rateOf }) => `${rateOf[0]?.toUpperCase()}${rateOf.slice(1)} a second`,
    value: (sample) => rate(RATES[sample.rateOf](sample)),
    more: (sample) => `${count(TOTALS[sample.rateOf](sample))} in total`,
  },
  latency: {
    title: () => 'Latency, p99',
    value: ({ latency }) => quantileMs(latency?.p99Ms ?? null),
    more: ({ latency, measured }) => {
      if (latency === null) return measured ? 'no HTTP requests' : 'not measured';
      return `p50 ${quantileMs(latency.p50Ms)}, mean ${milliseconds(latency.meanMs)}`;
    },
  },
  active: {
    title: () => 'Active connections',
    value: ({ totals }) => count(totals.activeConnections),
    more: ({ totals }) => `${count(totals.totalConnections)} in total`,
  },
  waiting: {
    title: () => 'Waiting in the queue',
    value: ({ waitingConnections }) => count(waitingConnections),
    more: ({ queueWait }) =>
      queueWait === null ? 'nobody waited' : `waited ${milliseconds(queueWait.p99Ms)}, p99`,
    tone: ({ waitingConnections }) => (waitingConnections > 0 ? 'warn' : undefined),
  },
  failed: {
    title: () => 'Refused or failed',
    value: (sample) => count(refused(sample)),
    more: ({ totals, lostConnections }) =>
      `${counted(totals.handlerErrors, 'handler error')}, ${count(lostConnections)} lost`,
    tone: ({ totals, lostConnections }) =>
      totals.handlerErrors + lostConnections > 0 ? 'warn' : undefined,
  },
  workers: {
    title: () => 'Workers well',
    value: (sample) => `${well(sample)} of ${sample.workerCount}`,
    more: ({ respawns, restarts, startedAtMs, atMs }) =>
      `${counted(restarts.done, 'restart')}, ${counted(respawns, 'respawn')}, up ${duration(atMs - startedAtMs)}`,
    tone: (sample) => (well(sample) < sample.workerCount ? 'bad' : undefined),
  },
});

/** The few figures that tell how the pool is. */
export class Tiles {
  readonly #parts = Object.entries(TILES).map(([id, tile]) => {
    const title = element('h2');
    const value = element('p', { class: 'value', 'data-figure': id });
    const more = element('p', { class: 'more' });
    const whole = element('div', { class: 'tile panel' }, title, value, more);
    return { tile, title, value, more, whole };
  });

  /** Puts them into the page. */
  constructor() {
    byId('tiles').append(...this.#parts.map(({ whole }) => whole));
  }

  /** Shows a sample. */
  show(sample: PoolSample): void {
    for (const { tile, title, value, more, whole } of this.#parts) {
      setText(title, tile.title(sample));
      setText(value, tile.value(sample));
      setText(more, tile.more(sample));
      setAttribute(whole, 'data-tone', tile.tone?.(sample));
    }
  }
}

function well({ workers }: PoolSample): number {
  return workers.filter(({ condition }) => condition === 'well').length;
}

function refused({
  shedConnections,
  refusedConnections,
  totals,
  lostConnections,
}: PoolSample): number {
  const causes = [...Object.values(shedConnections), ...Object.values(refusedConnections)];
  return (
    causes.reduce((sum, each) => sum + each, 0) +
    totals.handlerErrors +
    totals.acceptErrors +
    lostConnections
  );
}
