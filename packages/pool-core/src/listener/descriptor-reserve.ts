import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { devNull } from 'node:os';

/** Descriptors kept for parking a listener and for handing over a connection when there are no others. */
const RESERVED = 4;

/** The last ones below the process's limit that count as used up, since other threads take some too. */
const MARGIN = 16;

/** With fewer free ones than that, or than half of the limit, they are scarce. */
const PLENTY = 4_096;

/**
 * How many may be taken before the next look: at most so many, and at most one of so many that are
 * free. So 64 threads that look at the same moment cannot take more than there are.
 */
const UNSEEN = 64;

/** How the system says that there are no descriptors, or no memory for one. */
const WANT: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * Sees file descriptors run out before accepting fails for want of them.
 *
 * When an accept fails for that reason, libuv closes the client's connection at once and
 * tells nobody. And parking a listener, which takes a descriptor, would lose it. So a few
 * descriptors are kept in reserve, and a look tells how many there are besides. A look costs
 * system calls, so what is taken is counted, and a look is due only when it might be too much.
 */
export class DescriptorReserve {
  readonly #held: number[] = [];
  readonly #limit: number;
  readonly #countOpen: () => number | undefined;
  /** How many there were at the last look. */
  #free = Infinity;
  #exhausted = false;
  /** How many may be taken before the next look. */
  #unseen = 0;

  /**
   * @param limit how many descriptors the process may have open; Infinity if that is not known
   * @param countOpen tells how many it has open; undefined where the system does not
   */
  constructor(
    limit: number = descriptorLimit(),
    countOpen: () => number | undefined = openDescriptors,
  ) {
    this.#limit = limit;
    this.#countOpen = countOpen;
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
   * One has been taken, such as by an accept. Looks only if there may be hardly any left, which is
   * always where the system tells no number.
   *
   * @returns whether there are hardly any left besides the reserve
   */
  taken(): boolean {
    if (this.#unseen === 0) return this.exhausted();
    this.#unseen -= 1;
    return this.#exhausted;
  }

  /** Looks whether there are hardly any descriptors left besides the reserve. Takes some microseconds. */
  exhausted(): boolean {
    this.#exhausted = this.#look();
    return this.#exhausted;
  }

  /** Whether there were few descriptors at the last look. */
  get scarce(): boolean {
    return this.#free < Math.min(PLENTY, this.#limit / 2);
  }

  /** Whether others could use up all that there were at the last look within a moment. */
  get losable(): boolean {
    return this.#free < PLENTY;
  }

  #look(): boolean {
    this.#unseen = 0;
    const descriptor = open();
    this.#free = 0;
    if (descriptor === undefined) return true;
    closeSync(descriptor);
    const count = this.#countOpen();
    // Without a count: the system gives the lowest free number, and others may leave holes.
    const free = this.#limit - (count ?? descriptor);
    this.#free = free;
    if (count !== undefined) this.#unseen = Math.min(UNSEEN, Math.floor(free / UNSEEN));
    return free <= Math.min(MARGIN, this.#limit / 8);
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
    // Such as without a free descriptor just now.
    return Infinity;
  }
}

/**
 * How many descriptors the process has open, where the system tells it in a moment: Linux says so
 * since 6.2 as the size of a folder. Others would have to list them.
 */
function openDescriptors(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const { size } = statSync('/proc/self/fd');
    return size > 0 ? size : undefined;
  } catch {
    // No /proc, or no memory for it just now.
    return undefined;
  }
}
