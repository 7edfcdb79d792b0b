/** The counters of one worker, each since the worker's start except `activeConnections`. */
export interface WorkerCounts {
  /** Connections open now. */
  readonly activeConnections: number;
  /** Connections served so far, the open ones included. */
  readonly totalConnections: number;
  /** Messages that handlers counted with `context.countMessages()`. */
  readonly messages: number;
  /** Handlers that threw or rejected. */
  readonly handlerErrors: number;
  /** Connections that ended in a socket error, such as a reset by the client. */
  readonly socketErrors: number;
  /** Failed accepts, such as without a free file descriptor. */
  readonly acceptErrors: number;
  /** Connections that were refused or cut by `protection`; they are counted above as well. */
  readonly refusedConnections: number;
}

/** What a worker reports about itself. */
export interface WorkerReport extends WorkerCounts {
  /**
   * When the last connection came, in milliseconds of the machine's monotonic clock, as
   * `process.hrtime()` tells it; 0 if none has.
   */
  readonly lastConnectionAtMs: number;
  /** Bytes of JavaScript heap in use. */
  readonly heapUsedBytes: number;
  /** Resident bytes: of the process; threads share one process and all report the same. */
  readonly rssBytes: number;
  /** Share of time its event loop was busy before its last heartbeat, from 0 to 1; 0 before the first. */
  readonly eventLoopUtilization: number;
}

const FIELDS = [
  'activeConnections',
  'totalConnections',
  'messages',
  'handlerErrors',
  'socketErrors',
  'acceptErrors',
  'refusedConnections',
] as const satisfies readonly (keyof WorkerCounts)[];

/** Where each counter is. */
const PLACES = Object.freeze(
  Object.fromEntries(FIELDS.map((field, index) => [field, index])),
) as Readonly<Record<keyof WorkerCounts, number>>;

/** Every counter at zero. */
export const NO_COUNTS: WorkerCounts = Object.freeze({
  activeConnections: 0,
  totalConnections: 0,
  messages: 0,
  handlerErrors: 0,
  socketErrors: 0,
  acceptErrors: 0,
  refusedConnections: 0,
});

/**
 * Adds the counters of two workers, field by field.
 *
 * @param left the one
 * @param right the other
 */
export function addCounts(left: WorkerCounts, right: WorkerCounts): WorkerCounts {
  const sum: Record<keyof WorkerCounts, number> = { ...NO_COUNTS };
  for (const field of FIELDS) sum[field] = left[field] + right[field];
  return sum;
}

/**
 * The live counters of one worker over a buffer, which may be shared memory.
 *
 * The worker is the only writer, so plain 64-bit stores suffice; a reader on
 * another thread sees each counter a moment late but never torn.
 */
export class WorkerCounters {
  /** Size of the buffer that one worker's counters take, in bytes. */
  static readonly BYTES: number = FIELDS.length * Float64Array.BYTES_PER_ELEMENT;

  readonly #values: Float64Array;

  constructor(
    buffer: ArrayBufferLike = new ArrayBuffer(WorkerCounters.BYTES),
    byteOffset: number = 0,
  ) {
    this.#values = new Float64Array(buffer, byteOffset, FIELDS.length);
  }

  /** Adds to one counter. */
  add(field: keyof WorkerCounts, amount: number): void {
    const index = PLACES[field];
    this.#values[index] = (this.#values[index] ?? 0) + amount;
  }

  /** Reads all counters. */
  read(): WorkerCounts {
    const counts: Record<keyof WorkerCounts, number> = { ...NO_COUNTS };
    for (const [index, field] of FIELDS.entries()) counts[field] = this.#values[index] ?? 0;
    return counts;
  }

  /** Sets all counters to zero, for a worker that takes over the place of another. */
  reset(): void {
    this.#values.fill(0);
  }
}
