import { CHARTS } from './charts.ts';
import { byId, element } from './dom.ts';
import { time } from './format.ts';
import type { Past } from './past.ts';

const LINES = CHARTS.flatMap(({ lines }) => lines.map((line) => line));

/** Rows that are added in one go, so that no frame takes long. */
const ROWS_AT_ONCE = 120;

/**
 * Every figure of the plots as a table, the newest first. It is filled when it is opened, and from
 * then on gets a row for each sample.
 */
export class FiguresTable {
  readonly #past: Past;
  readonly #details: HTMLDetailsElement;
  readonly #body: HTMLElement;
  #filling = 0;

  /** @param past where the figures are */
  constructor(past: Past) {
    this.#past = past;
    this.#details = byId<HTMLDetailsElement>('figures');
    this.#body = byId('figures-body');
    const units = CHARTS.map(({ title, lines }) =>
      element('th', { scope: 'colgroup', colspan: lines.length }, title),
    );
    byId('figures-head').append(
      element('tr', {}, element('th', { scope: 'col', rowspan: 2 }, 'Time'), ...units, marksHead()),
      element('tr', {}, ...LINES.map(({ label }) => element('th', { scope: 'col' }, label))),
    );
    this.#details.addEventListener('toggle', () => this.fill());
  }

  /** Fills it anew, if it is open. */
  fill(): void {
    this.#filling += 1;
    this.#body.replaceChildren();
    if (this.#details.open) this.#fillFrom(this.#past.length - 1, this.#filling);
  }

  /** Adds the newest row, if it is open. */
  add(): void {
    if (!this.#details.open) return;
    const { length } = this.#past;
    if (length > 0) this.#body.prepend(this.#rowAt(length - 1));
    while (this.#body.childElementCount > length) this.#body.lastElementChild?.remove();
  }

  #fillFrom(last: number, filling: number): void {
    // Closed or filled anew meanwhile.
    if (filling !== this.#filling) return;
    const first = Math.max(0, last - ROWS_AT_ONCE + 1);
    const rows: HTMLElement[] = [];
    for (let index = last; index >= first; index -= 1) rows.push(this.#rowAt(index));
    this.#body.append(...rows);
    if (first > 0) requestAnimationFrame(() => this.#fillFrom(first - 1, filling));
  }

  #rowAt(index: number): HTMLElement {
    const row = this.#past.row(index);
    const atMs = row.atMs ?? 0;
    const before = this.#past.row(index - 1).atMs ?? -Infinity;
    const marks = this.#past.marks
      .filter((mark) => mark.atMs > before && mark.atMs <= atMs)
      .map(({ text }) => text);
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, time(atMs)),
      ...LINES.map(({ column, show }) => element('td', {}, show(row[column] ?? null))),
      element('td', { class: 'words' }, marks.join('; ')),
    );
  }
}

function marksHead(): HTMLElement {
  return element('th', { scope: 'col', rowspan: 2 }, 'Marks');
}
