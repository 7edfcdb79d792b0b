/** What a counter or a histogram was at a moment. */
export interface Look<Value> {
  readonly atMs: number;
  readonly value: Value;
}

/**
 * The last looks at what only grows, such as a counter: tells what came in the last seconds, however
 * the looks and the reports of workers fall.
 */
export class RecentLooks<Value> {
  readonly #windowMs: number;
  #looks: Look<Value>[] = [];

  /** @param windowMs over how long it looks back, in milliseconds */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /**
   * Takes note of a look. One of the same moment as the last is none.
   *
   * @param atMs when the value was so
   * @param value what it was
   */
  add(atMs: number, value: Value): void {
    const last = this.#looks.at(-1);
    if (last !== undefined && atMs <= last.atMs + SAME_MS) return;
    this.#looks.push({ atMs, value });
    // The first one that is left is at the window's edge or before.
    const edge = this.#looks.findLastIndex((look) => look.atMs <= atMs - this.#windowMs);
    if (edge > 0) this.#looks = this.#looks.slice(edge);
  }

  /** The looks at both ends of the window; undefined while there is only one. */
  get ends(): readonly [before: Look<Value>, now: Look<Value>] | undefined {
    const [before] = this.#looks;
    const now = this.#looks.at(-1);
    return before === undefined || now === undefined || before === now ? undefined : [before, now];
  }
}

/** What is told with its age has a moment that trembles by this, in milliseconds. */
const SAME_MS = 50;

/**
 * What a counter grew by in a second.
 *
 * @param looks the looks at it
 */
export function perSecond(looks: RecentLooks<number>): number {
  const { ends } = looks;
  if (ends === undefined) return 0;
  const [before, now] = ends;
  return Math.max(0, ((now.value - before.value) * 1_000) / (now.atMs - before.atMs));
}
