import type { Hello, HistoryColumn, HistoryRow, Mark } from '../wire.ts';

/** How many marks the page keeps; as many as the server. */
const MAX_MARKS = 200;

/** A column of the plots: times in seconds, as uPlot has them, or figures. */
export type Column = (number | null)[];

/** What the plots show: as much of the past as the server keeps, and no more. */
export class Past {
  #columns = new Map<HistoryColumn, Column>();
  #names: readonly HistoryColumn[] = [];
  #marks: Mark[] = [];
  #historyMs = 0;
  #gapMs = Infinity;

  /** The marks, the oldest first. */
  get marks(): readonly Mark[] {
    return this.#marks;
  }

  /** What the numbers of a row are. */
  get names(): readonly HistoryColumn[] {
    return this.#names;
  }

  /** How many rows there are, those that stand for gaps included. */
  get length(): number {
    return this.#columns.get('atMs')?.length ?? 0;
  }

  /** The times of all rows, in seconds. */
  get seconds(): Column {
    return (this.#columns.get('atMs') ?? []).map((atMs) => (atMs ?? 0) / 1_000);
  }

  /** The figures of one column. */
  column(name: HistoryColumn): Column {
    return this.#columns.get(name) ?? [];
  }

  /** Forgets everything for what the server has. */
  begin({ about, columns, history, marks }: Hello): void {
    this.#names = columns;
    this.#historyMs = about.historyMs;
    // Samples of a busy machine are late, and not missing.
    this.#gapMs = about.sampleMs * 3;
    this.#columns = new Map(columns.map((name) => [name, []]));
    this.#marks = [...marks];
    for (const row of history) this.#append(row);
  }

  /** Takes one more row. */
  add(row: HistoryRow): void {
    this.#append(row);
    const times = this.column('atMs');
    const edge = (times.at(-1) ?? 0) - this.#historyMs;
    while (times.length > 0 && (times[0] ?? 0) < edge) {
      for (const column of this.#columns.values()) column.shift();
    }
  }

  /** Takes one more mark. */
  mark(mark: Mark): void {
    this.#marks = [...this.#marks.slice(1 - MAX_MARKS), mark];
  }

  /** A row at a time, and what was marked since the row before. */
  row(index: number): Readonly<Partial<Record<HistoryColumn, number | null>>> {
    return Object.fromEntries(this.#names.map((name) => [name, this.column(name)[index] ?? null]));
  }

  #append(row: HistoryRow): void {
    const times = this.column('atMs');
    const last = times.at(-1);
    const at = row[this.#names.indexOf('atMs')] ?? 0;
    // Nothing is known of a gap, and no line is drawn through it.
    if (last != null && at - last > this.#gapMs) {
      for (const [name, column] of this.#columns) column.push(name === 'atMs' ? last + 1 : null);
    }
    for (const [index, name] of this.#names.entries()) this.column(name).push(row[index] ?? null);
  }
}
