/** Clients that the server has cut since the last time that it was told. */
export interface CutClients {
  /** How many. */
  readonly clients: number;
  /** Why, for a log: what was left unread of what, such as `they left more than 1048576 bytes of events unread`. */
  readonly reason: string;
}

/** At most one is told in that time, in milliseconds; what comes in between is told at its end. */
const INTERVAL_MS = 10_000;

/** Tells of clients that were cut, the first at once and the following together. */
export class CutWatch {
  readonly #tell: (cut: CutClients) => void;
  /** How many there were of each reason since the last time. */
  readonly #untold = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param tell is told; what it throws is a warning of the process, and disturbs no client */
  constructor(tell: (cut: CutClients) => void) {
    this.#tell = tell;
  }

  /** One more has been cut. */
  cut(reason: string): void {
    this.#untold.set(reason, (this.#untold.get(reason) ?? 0) + 1);
    if (this.#timer === undefined) this.#tellAll();
  }

  /** Tells what is left, and no more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#tellAll();
    clearTimeout(this.#timer);
  }

  #tellAll(): void {
    this.#timer = undefined;
    if (this.#untold.size === 0) return;
    this.#timer = setTimeout(() => this.#tellAll(), INTERVAL_MS).unref();
    const untold = [...this.#untold];
    this.#untold.clear();
    for (const [reason, clients] of untold) {
      try {
        this.#tell(Object.freeze({ clients, reason }));
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }
}
