import type { LoggedEvent } from '../wire.ts';
import { byId, element } from './dom.ts';
import { time } from './format.ts';

/** How many events the page keeps; as many as the server. */
const MAX_EVENTS = 300;

const LEVELS = Object.freeze({ info: 'Info', warn: 'Warning', error: 'Error' });

/** The event log, the newest first. */
export class EventList {
  readonly #list = byId('events');
  readonly #none = byId('no-events');

  /** Lets a person leave out what is no trouble. */
  constructor() {
    const only = byId<HTMLInputElement>('only-troubles');
    only.addEventListener('change', () => {
      this.#list.classList.toggle('troubles', only.checked);
    });
  }

  /** Forgets all of them for these, the oldest first. */
  begin(events: readonly LoggedEvent[]): void {
    this.#list.replaceChildren(...events.map(itemOf).toReversed());
    this.#none.hidden = events.length > 0;
  }

  /** Adds one. */
  add(event: LoggedEvent): void {
    this.#list.prepend(itemOf(event));
    this.#none.hidden = true;
    if (this.#list.childElementCount > MAX_EVENTS) this.#list.lastElementChild?.remove();
  }
}

function itemOf({ id, atMs, level, text, details, name }: LoggedEvent): HTMLElement {
  const line = [
    element('time', { datetime: new Date(atMs).toISOString() }, time(atMs)),
    element('span', { class: 'level' }, LEVELS[level]),
    element('span', { class: 'what' }, text),
  ];
  const item = element('li', { 'data-level': level, 'data-event': name, 'data-id': id });
  if (details === undefined) item.append(...line);
  else {
    item.append(
      element('details', {}, element('summary', {}, ...line), element('pre', {}, details)),
    );
  }
  return item;
}
