import { ERROR_CLASSES, type ErrorClass } from './error-class.ts';

/** How often each error of a class had each reason: a code of the system, a text of TLS, what a check found. */
export type ErrorReasonCounts = Partial<Record<ErrorClass, Readonly<Record<string, number>>>>;

/** So many different reasons of a class are told apart; the others are counted together. */
const MAX_REASONS = 20;

/** The name under which the reasons beyond the limit are counted. */
const OTHER_REASONS = 'other reasons';

/** Counts the reasons of errors, class by class. */
export class ErrorReasons {
  readonly #classes = new Map<ErrorClass, Map<string, number>>();

  /** Counts one error. */
  count(errorClass: ErrorClass, reason: string): void {
    this.#add(errorClass, reason, 1);
  }

  /** Adds the counts of others. */
  add(counts: ErrorReasonCounts): void {
    for (const errorClass of ERROR_CLASSES) {
      for (const [reason, count] of Object.entries(counts[errorClass] ?? {})) {
        this.#add(errorClass, reason, count);
      }
    }
  }

  /** Returns the counts by class, the most frequent reason first; classes without an error are left out. */
  snapshot(): ErrorReasonCounts {
    const counts: ErrorReasonCounts = {};
    for (const errorClass of ERROR_CLASSES) {
      const reasons = this.#classes.get(errorClass);
      if (reasons === undefined) continue;
      counts[errorClass] = Object.fromEntries([...reasons].toSorted(([, a], [, b]) => b - a));
    }
    return counts;
  }

  #add(errorClass: ErrorClass, reason: string, count: number): void {
    let reasons = this.#classes.get(errorClass);
    if (reasons === undefined) this.#classes.set(errorClass, (reasons = new Map()));
    const name = reasons.has(reason) || reasons.size < MAX_REASONS ? reason : OTHER_REASONS;
    reasons.set(name, (reasons.get(name) ?? 0) + count);
  }
}

/** Returns what an error says, without what differs from connection to connection. */
export function reasonOf(error: Error): string {
  const { code, reason } = error as NodeJS.ErrnoException & { readonly reason?: unknown };
  const name = typeof code === 'string' ? code : '';
  // The message of a system's error repeats the code, and names an address.
  if ('syscall' in error && name !== '') return name;
  const text = typeof reason === 'string' ? reason : (error.message.split('\n', 1)[0] ?? '');
  return name === '' || text === name ? text : `${name}: ${text}`;
}
