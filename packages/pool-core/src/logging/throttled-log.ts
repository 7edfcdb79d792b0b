import type { Logger, LogLevel } from '@sockpool/handler';

/** Shortest time between two entries of a kind, in milliseconds. */
const INTERVAL_MS = 10_000;

/** How many kinds are told apart at a time; what is beyond counts as one. */
const MAX_KINDS = 100;

/** One kind of entry that has been written lately. */
interface Kind {
  message: string;
  fields: Readonly<Record<string, unknown>>;
  suppressed: number;
  readonly timer: NodeJS.Timeout;
}

/** Tells of what may happen once for every connection, without flooding the log. */
export class ThrottledLog {
  readonly #logger: Logger;
  readonly #level: LogLevel;
  readonly #kinds = new Map<string, Kind>();

  /**
   * @param logger gets the first entry of a kind at once, then at most one every 10 seconds
   * @param level the level of the entries
   */
  constructor(logger: Logger, level: LogLevel = 'warn') {
    this.#logger = logger;
    this.#level = level;
  }

  /**
   * Writes an entry, or counts it if one of its kind was written in the last 10 seconds; when
   * they are over, one more entry says how many there were.
   *
   * @param message what happened
   * @param fields what is known of it
   * @param kind what it has in common with others, by default its message
   */
  say(
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
    kind: string = message,
  ): void {
    const key = this.#kinds.has(kind) || this.#kinds.size < MAX_KINDS ? kind : '';
    const known = this.#kinds.get(key);
    if (known === undefined) {
      const timer = setTimeout(() => this.#onInterval(key), INTERVAL_MS).unref();
      this.#kinds.set(key, { message, fields, suppressed: 0, timer });
      this.#logger[this.#level](message, fields);
    } else {
      Object.assign(known, { message, fields, suppressed: known.suppressed + 1 });
    }
  }

  /** Says now how many were not written. */
  flush(): void {
    for (const kind of this.#kinds.values()) {
      clearTimeout(kind.timer);
      this.#sum(kind, 'so far');
    }
    this.#kinds.clear();
  }

  #onInterval(key: string): void {
    const kind = this.#kinds.get(key);
    if (kind === undefined) return;
    this.#sum(kind, `in ${INTERVAL_MS / 1_000} s`);
    if (kind.suppressed === 0) this.#kinds.delete(key);
    else kind.timer.refresh();
    kind.suppressed = 0;
  }

  #sum({ message, fields, suppressed }: Kind, when: string): void {
    if (suppressed === 0) return;
    // The stack has been written with the first one.
    const { error: _, ...rest } = fields;
    this.#logger[this.#level](`${message} (${suppressed} more like this ${when})`, rest);
  }
}
