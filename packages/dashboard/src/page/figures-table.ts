import { CHARTS } from './charts.ts';
import { byId, element } from './dom.ts';
import { time } from './format.ts';
import type { Past } from './past.ts';

const LINES = CHARTS.flatMap(({ lines }) => lines.map((line) => line));

/**
 * Rows of a block. One block is added in a frame, so that no frame takes long. The browser lays out and
 * paints the blocks that are in sight only: a new row moves all rows below it.
 */
const BLOCK_ROWS = 30;

/**
 * Every figure of the plots as a table, the newest first. It is filled when it is opened, and from
 * then on gets a row for each sample.
 */
export class FiguresTable {
  readonly #past: Past;
  readonly #details: HTMLDetailsElement;
  readonly #table = byId('figures-table');
  /** The blocks of rows, the newest first. */
  #blocks: HTMLElement[] = [];
  #rows = 0;
  #filling = 0;

  /** @param past where the figures are */
  constructor(past: Past) {
    this.#past = past;
    this.#details = byId<HTMLDetailsElement>('figures');
    const units = CHARTS.map(({ title, lines }) => {
      const head = headOf(title, { scope: 'colgroup', colspan: lines.length });
      head.style.gridColumn = `span ${lines.length}`;
      return head;
    });
    byId('figures-head').append(
      rowOf(headOf('Time', { rowspan: 2 }), ...units, headOf('Marks', { rowspan: 2 })),
      rowOf(...LINES.map(({ label }) => headOf(label))),
    );
    this.#details.addEventListener('toggle', () => this.fill());
  }

  /** Fills it anew, if it is open. */
  fill(): void {
    this.#filling += 1;
    for (const block of this.#blocks) block.remove();
    this.#blocks = [];
    this.#rows = 0;
    if (this.#details.open) this.#fillFrom(this.#past.length - 1, this.#filling);
  }

  /** Adds the newest row, if it is open. */
  add(): void {
    if (!this.#details.open) return;
    const { length } = this.#past;
    if (length > 0) this.#prepend(this.#rowAt(length - 1));
    while (this.#rows > length) this.#dropOldest();
  }

  #prepend(row: HTMLElement): void {
    const [newest] = this.#blocks;
    if (newest !== undefined && newest.childElementCount < BLOCK_ROWS) newest.prepend(row);
    else {
      const block = blockOf(row);
      byId('figures-head').after(block);
      this.#blocks.unshift(block);
    }
    this.#rows += 1;
  }

  #dropOldest(): void {
    const oldest = this.#blocks.at(-1);
    oldest?.lastElementChild?.remove();
    this.#rows -= 1;
    if (oldest?.childElementCount === 0) {
      oldest.remove();
      this.#blocks.pop();
    }
  }

  #fillFrom(last: number, filling: number): void {
    // Closed or filled anew meanwhile.
    if (filling !== this.#filling) return;
    const first = Math.max(0, last - BLOCK_ROWS + 1);
    const rows: HTMLElement[] = [];
    for (let index = last; index >= first; index -= 1) rows.push(this.#rowAt(index));
    if (rows.length > 0) {
      const block = blockOf(...rows);
      this.#table.append(block);
      this.#blocks.push(block);
      this.#rows += rows.length;
    }
    if (first > 0) requestAnimationFrame(() => this.#fillFrom(first - 1, filling));
  }

  #rowAt(index: number): HTMLElement {
    const row = this.#past.row(index);
    const atMs = row.atMs ?? 0;
    const before = this.#past.row(index - 1).atMs ?? -Infinity;
    const marks = this.#past.marks
      .filter((mark) => mark.atMs > before && mark.atMs <= atMs)
      .map(({ text }) => text);
    return rowOf(
      element('th', { role: 'rowheader', scope: 'row' }, time(atMs)),
      ...LINES.map(({ column, show }) =>
        element('td', { role: 'cell' }, show(row[column] ?? null)),
      ),
      element('td', { role: 'cell', class: 'words' }, marks.join('; ')),
    );
  }
}

function blockOf(...rows: HTMLElement[]): HTMLElement {
  return element('tbody', { role: 'rowgroup' }, ...rows);
}

function rowOf(...cells: HTMLElement[]): HTMLElement {
  return element('tr', { role: 'row' }, ...cells);
}

function headOf(text: string, attributes: Readonly<Record<string, string | number>> = {}) {
  return element('th', { role: 'columnheader', scope: 'col', ...attributes }, text);
}
