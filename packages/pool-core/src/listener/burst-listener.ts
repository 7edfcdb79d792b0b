import { closeSync } from 'node:fs';
import type net from 'node:net';
import {
  type ListenerEvents,
  ParkableListener,
  type ReceiveMessageOnPort,
} from './parkable-listener.ts';

/** Turns of the event loop in a row, each with as many accepts as can be, after which clients must be waiting. */
const FULL_TURNS = 4;

/** How long no turn may have been full until one descriptor is enough again, in milliseconds. */
const QUIET_MS = 2_000;

/** What a burst listener listens on. */
export interface BurstListenerSettings {
  /** How accepted sockets are made, as for `net.createServer()`. */
  readonly options: net.ServerOpts;
  readonly events: ListenerEvents;
  readonly receive: ReceiveMessageOnPort;
  /** More descriptors of the socket that is listened on, each of its own number. It closes them. */
  readonly spares: readonly number[];
}

/**
 * A listener that can be parked, and that accepts several clients in a turn of the event loop when
 * they come faster than one by one.
 *
 * libuv accepts one connection a turn for each listening descriptor. A busy turn takes
 * milliseconds, so that a thousand clients that come at once would wait for seconds. A worker that
 * listens on several descriptors of the same socket accepts that many a turn. It does so while
 * clients wait: twice as many after each few turns in which all have accepted one, and one again
 * after two seconds without such turns, so that quiet servers pay nothing.
 */
export class BurstListener {
  readonly #settings: BurstListenerSettings;
  readonly #main: ParkableListener;
  /** Those that are not open yet. */
  readonly #descriptors: number[];
  /** Of the descriptors that are open, in the order in which they are used. */
  readonly #spares: ParkableListener[] = [];
  #backlog: number = 0;
  /** How many spares are to accept. */
  #wanted = 0;
  /** How many are being opened. */
  #opening = 0;
  #parked = false;
  #closed = false;
  #turn = 0;
  #acceptedInTurn = 0;
  #fullTurns = 0;
  #lastFullMs = 0;
  #quietTimer: NodeJS.Timeout | undefined;

  /** @param settings what to listen on, and what to do with what is accepted */
  constructor(settings: BurstListenerSettings) {
    const { options, events, receive, spares } = settings;
    this.#settings = settings;
    this.#descriptors = [...spares];
    this.#main = new ParkableListener(
      options,
      {
        connection: (connection) => this.#accepted(connection),
        acceptError: (error) => events.acceptError(error),
        starved: (starved) => this.#starved(starved),
      },
      receive,
    );
  }

  /**
   * Starts to listen, on one descriptor for now.
   *
   * @param options as for {@link ParkableListener.listen}
   * @returns the address; null for a unix-domain socket given by its descriptor
   * @throws {Error} the system's error
   */
  async listen(options: {
    readonly fd: number;
    readonly backlog: number;
  }): Promise<net.AddressInfo | string | null> {
    this.#backlog = options.backlog;
    return this.#main.listen(options);
  }

  /** How many descriptors accept, or would if they were not parked. */
  get width(): number {
    return 1 + Math.min(this.#wanted, this.#spares.length);
  }

  /** Stops accepting until {@link unpark}. Idempotent; does nothing once closed. */
  park(): void {
    if (this.#parked) return;
    this.#parked = true;
    this.#main.park();
    for (const spare of this.#spares) spare.park();
  }

  /** Accepts again. Idempotent; does nothing once closed. */
  unpark(): void {
    if (!this.#parked) return;
    this.#parked = false;
    this.#main.unpark();
    this.#update();
  }

  /** Closes every descriptor, at once and for good. Accepted connections live on. Idempotent. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#quietTimer);
    this.#main.close();
    for (const spare of this.#spares) spare.close();
    for (const fd of this.#descriptors.splice(0)) closeSync(fd);
  }

  #accepted(connection: net.Socket): void {
    if (this.#descriptors.length + this.#spares.length > 0) this.#count();
    this.#settings.events.connection(connection);
  }

  /** Counts the accepts of a turn of the event loop; the first one of the next turn draws the conclusion. */
  #count(): void {
    const { loopCount } = performance.nodeTiming.uvMetricsInfo;
    if (loopCount === this.#turn) {
      this.#acceptedInTurn += 1;
      return;
    }
    const full = this.#acceptedInTurn >= this.width && loopCount === this.#turn + 1;
    this.#turn = loopCount;
    this.#acceptedInTurn = 1;
    this.#fullTurns = full ? this.#fullTurns + 1 : 0;
    if (this.#fullTurns < FULL_TURNS) return;
    this.#fullTurns = 0;
    this.#lastFullMs = performance.now();
    if (this.#opening === 0) this.#widen();
  }

  #widen(): void {
    const all = this.#spares.length + this.#descriptors.length;
    this.#wanted = Math.min(2 * this.#wanted + 1, all);
    this.#quietTimer ??= setTimeout(() => this.#whenQuiet(), QUIET_MS).unref();
    while (this.#spares.length + this.#opening < this.#wanted) {
      const fd = this.#descriptors.shift();
      if (fd === undefined) break;
      this.#opening += 1;
      void this.#open(fd);
    }
    this.#update();
  }

  async #open(fd: number): Promise<void> {
    const spare = this.#createSpare();
    try {
      await spare.listen({ fd, backlog: this.#backlog });
      if (this.#closed) spare.close();
      else this.#spares.push(spare);
    } catch (error) {
      this.#settings.events.acceptError(error as Error);
    }
    this.#opening -= 1;
    this.#update();
  }

  #createSpare(): ParkableListener {
    const { options, events, receive } = this.#settings;
    return this.#main.createSpare(
      options,
      {
        connection: (connection) => {
          this.#main.tookDescriptor();
          this.#accepted(connection);
        },
        acceptError: (error) => events.acceptError(error),
      },
      receive,
    );
  }

  #whenQuiet(): void {
    const leftMs = this.#lastFullMs + QUIET_MS - performance.now();
    this.#quietTimer = undefined;
    if (leftMs > 0) {
      this.#quietTimer = setTimeout(() => this.#whenQuiet(), Math.ceil(leftMs)).unref();
      return;
    }
    this.#wanted = 0;
    this.#update();
  }

  #starved(starved: boolean): void {
    if (starved) for (const spare of this.#spares) spare.park();
    else this.#update();
  }

  /** Has as many spares accept as are wanted. */
  #update(): void {
    for (const [index, spare] of this.#spares.entries()) {
      if (this.#parked || this.#main.starved || index >= this.#wanted) spare.park();
      else spare.unpark();
    }
  }
}
