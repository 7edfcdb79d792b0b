import { closeSync, openSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';

/** Descriptors kept for parking a listener and for handing over a connection when there are no others. */
const RESERVED = 4;

/** Numbers just below the process's limit that count as used up, since other threads take some too. */
const MARGIN = 16;

/** How the system says that there are no descriptors, or no memory for one. */
const WANT: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * Sees file descriptors run out before accepting fails for want of them.
 *
 * When an accept fails for that reason, libuv closes the client's connection at once and
 * tells nobody. And parking a listener, which takes a descriptor, would lose it. So a few
 * descriptors are kept in reserve, and a look tells whether there is one besides: the
 * system gives the lowest free number.
 */
export class DescriptorReserve {
  readonly #held: number[] = [];
  readonly #limit: number;
  #scarce = false;

  /** @param limit how many descriptors the process may have open; Infinity if that is not known */
  constructor(limit: number = descriptorLimit()) {
    this.#limit = limit;
  }

  /** Takes what is missing of the reserve, and tells whether it is complete. */
  fill(): boolean {
    while (this.#held.length < RESERVED) {
      const descriptor = open();
      if (descriptor === undefined) return false;
      this.#held.push(descriptor);
    }
    return true;
  }

  /** Gives the reserve away. */
  release(): void {
    for (const descriptor of this.#held.splice(0)) closeSync(descriptor);
  }

  /**
   * Whether there are hardly any descriptors left besides the reserve. Takes some 3 microseconds.
   *
   * To be asked after each accept: a low number says nothing of the next one, since other
   * threads of the process accept too, and what they give back leaves holes.
   */
  exhausted(): boolean {
    const descriptor = open();
    this.#scarce = descriptor === undefined || descriptor >= this.#limit / 2;
    if (descriptor === undefined) return true;
    closeSync(descriptor);
    return descriptor >= this.#limit - Math.min(MARGIN, this.#limit / 8);
  }

  /** Whether half of the descriptors were used up when {@link exhausted} was asked last. */
  get scarce(): boolean {
    return this.#scarce;
  }
}

/** Whether there is a file descriptor now. Takes some 3 microseconds. */
export function hasDescriptor(): boolean {
  const descriptor = open();
  if (descriptor === undefined) return false;
  closeSync(descriptor);
  return true;
}

/** Opens something that is there on every system; undefined when there are no descriptors left. */
function open(): number | undefined {
  try {
    return openSync(devNull, 'r');
  } catch (error) {
    if (WANT.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}

/** The process's limit, where the system tells it without much ado; Infinity when it does not. */
function descriptorLimit(): number {
  if (process.platform !== 'linux') return Infinity;
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    // Such as for want of a descriptor just now.
    return Infinity;
  }
}
