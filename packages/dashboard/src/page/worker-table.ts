import type { PoolSample, WorkerRow } from '../wire.ts';
import { byId, element, setAttribute, setText } from './dom.ts';
import {
  bytes,
  count,
  duration,
  milliseconds,
  NOTHING,
  quantileMs,
  rate,
  share,
} from './format.ts';

/** A worker whose loop has shown no sign for so long has old figures; signs come every 250 ms. */
const OLD_MS = 1_500;

/** So many rows are brought up to date in one step. */
const STEP_ROWS = 8;

/** So many rows are made in one step: to make one takes far longer than to bring it up to date. */
const STEP_NEW_ROWS = 4;

/** What a person can ask of one worker. */
export type WorkerTask = 'stack' | 'profile' | 'heap' | 'restart';

const TASKS: Readonly<Record<WorkerTask, string>> = Object.freeze({
  stack: 'Stack',
  profile: 'Profile',
  heap: 'Heap',
  restart: 'Restart',
});

/** A column: its head, and what a row has in it. */
interface Column {
  readonly head: string | ((sample: PoolSample) => string);
  readonly text: (row: WorkerRow) => string;
  /** A share from 0 to 1 that is shown as a bar under the text. */
  readonly bar?: (row: WorkerRow) => number | null;
}

const COLUMNS: Readonly<Record<string, Column>> = Object.freeze({
  state: { head: 'State', text: stateText },
  generation: { head: 'Generation', text: ({ generation }) => count(generation) },
  activeConnections: {
    head: 'Connections',
    text: ({ activeConnections }) => count(activeConnections),
  },
  totalConnections: {
    head: 'In total',
    text: ({ totalConnections }) => count(totalConnections),
  },
  perSecond: {
    head: ({ rateOf }) => `${rateOf[0]?.toUpperCase()}${rateOf.slice(1)}/s`,
    text: ({ perSecond }) => rate(perSecond),
  },
  latency: {
    head: 'p50 / p99',
    text: ({ latency }) =>
      latency === null ? NOTHING : `${quantileMs(latency.p50Ms)} / ${quantileMs(latency.p99Ms)}`,
  },
  loopDelay: { head: 'Loop delay', text: ({ loopDelayP99Ms }) => milliseconds(loopDelayP99Ms) },
  utilization: {
    head: 'Busy',
    text: ({ utilization }) => share(utilization),
    bar: ({ utilization }) => utilization,
  },
  heap: {
    head: 'Heap',
    text: ({ heapUsedBytes }) => bytes(heapUsedBytes),
    bar: ({ heapUsedBytes, heapLimitBytes }) =>
      heapUsedBytes === null || heapLimitBytes === null ? null : heapUsedBytes / heapLimitBytes,
  },
  rss: { head: 'Memory', text: ({ rssBytes }) => bytes(rssBytes) },
  uptime: { head: 'Up', text: ({ uptimeMs }) => duration(uptimeMs) },
});

/** The elements of one row. */
interface Shown {
  readonly row: HTMLElement;
  readonly texts: ReadonlyMap<string, HTMLElement>;
  readonly bars: ReadonlyMap<string, HTMLElement>;
}

/** A row for each worker; two for a slot whose worker is being replaced. */
export class WorkerTable {
  readonly #body = byId('workers-body');
  readonly #heads = new Map<string, HTMLElement>();
  readonly #onTask: (task: WorkerTask, worker: WorkerRow) => void;
  #rows = new Map<string, Shown>();
  #sample: PoolSample | undefined;

  /** @param onTask is called when a person asks something of a worker */
  constructor(onTask: (task: WorkerTask, worker: WorkerRow) => void) {
    this.#onTask = onTask;
    const head = byId('workers-head');
    head.append(element('th', { role: 'columnheader', scope: 'col' }, 'Worker'));
    for (const name of Object.keys(COLUMNS)) {
      const cell = element('th', { role: 'columnheader', scope: 'col', 'data-column': name });
      this.#heads.set(name, cell);
      head.append(cell);
    }
    head.append(element('th', { role: 'columnheader', scope: 'col' }, 'Look inside'));
  }

  /**
   * Shows a sample.
   *
   * @returns the parts of it, each of which is to be done before the next
   */
  stepsOf(sample: PoolSample): (() => void)[] {
    const missing = sample.workers.filter((worker) => !this.#rows.has(keyOf(worker))).length;
    const steps = Array.from(
      { length: Math.max(1, Math.ceil(missing / STEP_NEW_ROWS)) },
      () => () => this.#arrange(sample),
    );
    for (let first = 0; first < sample.workers.length; first += STEP_ROWS) {
      const workers = sample.workers.slice(first, first + STEP_ROWS);
      steps.push(() => this.#update(workers, sample));
    }
    return steps;
  }

  /** Has a row for each worker, in their order; of those that are missing it makes a few. */
  #arrange(sample: PoolSample): void {
    this.#sample = sample;
    for (const [name, { head }] of Object.entries(COLUMNS)) {
      const cell = this.#heads.get(name);
      if (cell !== undefined) setText(cell, typeof head === 'string' ? head : head(sample));
    }
    const shown = new Map<string, Shown>();
    let before: Element | null = null;
    let made = 0;
    for (const worker of sample.workers) {
      const key = keyOf(worker);
      const isNew = !this.#rows.has(key);
      if (isNew && made === STEP_NEW_ROWS) continue;
      const known = this.#rows.get(key) ?? this.#makeRow(worker);
      if (isNew) {
        made += 1;
        update(known, worker, sample);
      }
      shown.set(key, known);
      const next: Element | null =
        before === null ? this.#body.firstElementChild : before.nextElementSibling;
      if (next !== known.row) this.#body.insertBefore(known.row, next);
      before = known.row;
    }
    for (const [key, { row }] of this.#rows) if (!shown.has(key)) row.remove();
    this.#rows = shown;
  }

  #update(workers: readonly WorkerRow[], sample: PoolSample): void {
    for (const worker of workers) {
      const shown = this.#rows.get(keyOf(worker));
      if (shown !== undefined) update(shown, worker, sample);
    }
  }

  #makeRow(worker: WorkerRow): Shown {
    const texts = new Map<string, HTMLElement>();
    const bars = new Map<string, HTMLElement>();
    const cells = Object.entries(COLUMNS).map(([name, { head, bar }]) => {
      const text = element('span', { class: 'text' });
      texts.set(name, text);
      const label = element('span', { class: 'label', 'aria-hidden': 'true' });
      if (typeof head === 'string') label.textContent = head;
      const cell = element('td', { role: 'cell', 'data-column': name }, label, text);
      if (bar !== undefined) {
        const fill = element('i');
        bars.set(name, fill);
        cell.append(element('span', { class: 'bar', 'aria-hidden': 'true' }, fill));
      }
      return cell;
    });
    const { workerId, nativeId } = worker;
    const name = element(
      'th',
      { role: 'rowheader', scope: 'row' },
      element('b', {}, String(workerId)),
      element('small', {}, `id ${nativeId}`),
    );
    const tasks = (Object.entries(TASKS) as [WorkerTask, string][]).map(([task, label]) => {
      const of = `${label} of worker ${workerId}, id ${nativeId}`;
      const button = element('button', { type: 'button', 'aria-label': of }, label);
      button.addEventListener('click', () => this.#ask(task, keyOf(worker)));
      return button;
    });
    const row = element(
      'tr',
      { role: 'row', 'data-worker': workerId, 'data-native': nativeId },
      name,
      ...cells,
      element('td', { role: 'cell', class: 'tasks' }, ...tasks),
    );
    return { row, texts, bars };
  }

  #ask(task: WorkerTask, key: string): void {
    const worker = this.#sample?.workers.find((each) => keyOf(each) === key);
    if (worker !== undefined) this.#onTask(task, worker);
  }
}

function keyOf({ workerId, nativeId }: WorkerRow): string {
  return `${workerId}/${nativeId}`;
}

function update({ row, texts, bars }: Shown, worker: WorkerRow, sample: PoolSample): void {
  for (const [name, { text, bar, head }] of Object.entries(COLUMNS)) {
    const place = texts.get(name);
    if (place === undefined) continue;
    setText(place, text(worker));
    if (typeof head !== 'string' && place.previousSibling !== null) {
      setText(place.previousSibling, head(sample));
    }
    const fill = bars.get(name);
    if (fill !== undefined) {
      const width = `${Math.round(Math.min(1, bar?.(worker) ?? 0) * 100)}%`;
      if (fill.style.width !== width) fill.style.width = width;
    }
  }
  setAttribute(row, 'data-condition', worker.condition);
  setAttribute(row, 'data-old', isOld(worker));
  const state = texts.get('state');
  if (state !== undefined) setAttribute(state, 'data-tone', toneOf(worker));
}

function isOld({ heartbeatAgeMs, condition }: WorkerRow): boolean {
  return heartbeatAgeMs > OLD_MS && condition !== 'starting';
}

function stateText(worker: WorkerRow): string {
  const { state, condition, heartbeatAgeMs } = worker;
  const text = condition === 'well' ? state : condition === 'leaving' ? state : condition;
  return isOld(worker) ? `${text}, silent for ${duration(heartbeatAgeMs)}` : text;
}

function toneOf(worker: WorkerRow): string {
  const { condition } = worker;
  if (condition === 'hung' || condition === 'stuck' || condition === 'dead') return 'bad';
  if (isOld(worker) || condition === 'busy') return 'warn';
  return condition === 'well' ? 'good' : 'idle';
}
