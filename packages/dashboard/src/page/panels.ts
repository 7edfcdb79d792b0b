import type { Drain, PoolSample } from '../wire.ts';
import { byId, element, setAttribute, setText } from './dom.ts';
import { count, duration, milliseconds, time, words } from './format.ts';

/** So many workers are listed by what they refused. */
const MAX_SLOTS = 10;

/** Terms and figures, in a list of the page. */
class Facts {
  readonly #list: HTMLElement;
  readonly #shown = new Map<string, { readonly term: HTMLElement; readonly value: HTMLElement }>();

  /** @param id of the list */
  constructor(id: string) {
    this.#list = byId(id);
  }

  /** Shows these, in their order. */
  show(facts: readonly (readonly [term: string, value: string])[]): void {
    const terms = new Set(facts.map(([term]) => term));
    for (const [term, { term: title, value }] of this.#shown) {
      if (terms.has(term)) continue;
      title.parentElement?.remove();
      value.remove();
      this.#shown.delete(term);
    }
    for (const [term, text] of facts) {
      let known = this.#shown.get(term);
      if (known === undefined) {
        known = { term: element('dt', {}, term), value: element('dd', { 'data-fact': term }) };
        this.#shown.set(term, known);
        this.#list.append(element('div', {}, known.term, known.value));
      }
      setText(known.value, text);
      setAttribute(known.value, 'data-zero', text === '0');
    }
  }
}

/** The queue, and what was refused or failed. */
export class Panels {
  readonly #queue = new Facts('queue');
  readonly #refusals = new Facts('refusals');
  readonly #bySlot = byId('refusals-by-worker');
  #shownBySlot = '';

  /** Shows a sample. */
  show(sample: PoolSample): void {
    const { waitingConnections, queueWait, shedConnections, totals } = sample;
    this.#queue.show([
      ['waiting now', count(waitingConnections)],
      ['waited, p50', milliseconds(queueWait?.p50Ms ?? null)],
      ['waited, p99', milliseconds(queueWait?.p99Ms ?? null)],
      ...Object.entries(shedConnections).map(
        ([reason, connections]) => [`rejected: ${words(reason)}`, count(connections)] as const,
      ),
      ['lost with a worker', count(sample.lostConnections)],
    ]);
    const refused = Object.entries(sample.refusedConnections);
    // What has happened comes first, by how often.
    const causes = refused
      .toSorted(([, a], [, b]) => b - a)
      .map(([reason, connections]) => [words(reason), count(connections)] as const);
    this.#refusals.show([
      ['handler errors', count(totals.handlerErrors)],
      ['socket errors', count(totals.socketErrors)],
      ['failed accepts', count(totals.acceptErrors)],
      ['workers that hung', count(sample.stuckWorkers)],
      ['workers that died', count(sample.respawns)],
      ...causes,
    ]);
    this.#showBySlot(sample.refusedBySlot);
  }

  /** Which worker refused or cut what; the ones with the most. */
  #showBySlot(refused: PoolSample['refusedBySlot']): void {
    const shown = JSON.stringify(refused);
    if (shown === this.#shownBySlot) return;
    this.#shownBySlot = shown;
    const rows = refused
      .map(({ workerId, causes }) => ({ workerId, causes, sum: sumOf(Object.values(causes)) }))
      .toSorted((a, b) => b.sum - a.sum || a.workerId - b.workerId)
      .slice(0, MAX_SLOTS)
      .map(({ workerId, causes }) =>
        element(
          'li',
          { 'data-refused-by': workerId },
          `Worker ${workerId}: ${Object.entries(causes)
            .toSorted(([, a], [, b]) => b - a)
            .map(([cause, connections]) => `${words(cause)} ${count(connections)}`)
            .join(', ')}`,
        ),
      );
    this.#bySlot.replaceChildren(...rows);
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** Shows which connections hold up a drain. */
export function showDrain(drain: Drain | null): void {
  const place = byId('drain');
  if (drain === null) {
    place.replaceChildren(element('p', { class: 'none' }, 'No worker is on its way out.'));
    return;
  }
  const silent = drain.workers.filter(({ answered }) => !answered);
  const leaving = drain.workers.length;
  const summary =
    `${leaving} ${leaving === 1 ? 'worker is' : 'workers are'} on the way out, ` +
    `${count(drain.holding)} ${drain.holding === 1 ? 'connection holds' : 'connections hold'} them up, ` +
    `as of ${time(drain.atMs)}.`;
  const rows = drain.connections.map(({ workerId, peer, request, activityForMs }) =>
    element(
      'tr',
      {},
      element('td', {}, String(workerId)),
      element('td', { class: 'words' }, peer),
      element('td', { class: 'words' }, request === '' ? 'a connection' : request),
      element('td', {}, duration(activityForMs)),
    ),
  );
  const head = ['Worker', 'Client', 'Serves', 'Since'].map((text) =>
    element('th', { scope: 'col' }, text),
  );
  place.replaceChildren(
    element('p', {}, summary),
    ...silent.map(({ workerId, activeConnections }) =>
      element(
        'p',
        { class: 'old' },
        `Worker ${workerId} does not answer; it had ${count(activeConnections)} connections.`,
      ),
    ),
    ...(rows.length === 0
      ? []
      : [
          element(
            'div',
            { class: 'scroll short', tabindex: 0, role: 'region', 'aria-label': 'Connections' },
            element(
              'table',
              {},
              element('thead', {}, element('tr', {}, ...head)),
              element('tbody', {}, ...rows),
            ),
          ),
        ]),
  );
}
