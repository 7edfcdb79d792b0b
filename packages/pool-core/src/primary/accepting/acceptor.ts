import type net from 'node:net';
import { bindSocket, namingAddress } from '../../listener/bind-socket.ts';
import {
  type ConnectionOptions,
  serverOptions,
} from '../../options/listening/connection-options.ts';
import type { ResolvedListenOptions } from '../../options/listening/listen-options.ts';
import { ParkableListener, type ReceiveMessageOnPort } from '../../listener/parkable-listener.ts';

/** What an acceptor does with what it accepts. */
export interface AcceptorEvents {
  /** A connection for the dispatcher, paused. */
  connection(connection: net.Socket): void;
  acceptError(error: Error): void;
}

/** Holds one address of a pool, and accepts for it unless the workers do so by themselves. */
export interface Acceptor {
  /** Whether the workers accept by themselves, until {@link takeOver}. */
  readonly workersAccept: boolean;
  /** Connections that the primary itself has accepted so far. */
  readonly accepted: number;
  /** Takes the address. The primary accepts nothing yet. */
  open(listen: ResolvedListenOptions, events: AcceptorEvents): Promise<net.AddressInfo | string>;
  /**
   * Listens, where the primary is to accept; until {@link unpark} or {@link park} it may do so. To
   * be called once, when there are workers.
   *
   * @throws {Error} the system's error with the address, such as `EADDRINUSE` when somebody was faster
   */
  listen(): Promise<void>;
  /** Leaves new clients in the kernel's backlog. Idempotent. */
  park(): void;
  /** Accepts again. Idempotent. */
  unpark(): void;
  /**
   * From now on the primary accepts, so that it can empty the backlog before it closes.
   *
   * @throws {Error} the system's error with the address, such as `EADDRINUSE` when nobody has
   *   listened there yet and somebody was faster
   */
  takeOver(): Promise<void>;
  /** Gives the address up. Idempotent. */
  close(): void;
}

/** A socket that is bound, and on which nobody listens yet. */
interface BoundPlace {
  readonly handle: net.BoundSocket;
  readonly backlog: number;
}

/** What an acceptor listens on: a socket of its own, or the descriptor of one that was there before. */
export type ListeningPlace = BoundPlace | { readonly fd: number; readonly backlog: number };

/**
 * Accepts in the primary, for workers that get every connection handed over.
 *
 * It listens when it is to accept and not before, since it could only do so parked: a listener
 * that has been parked is inherited by every child process that the program starts.
 */
export class PrimaryAcceptor implements Acceptor {
  readonly workersAccept = false;
  readonly #connection: Required<ConnectionOptions>;
  readonly #receive: ReceiveMessageOnPort;
  #listener: ParkableListener | undefined;
  /** What is bound, until somebody listens on it. */
  #bound: BoundPlace | undefined;
  #accepted = 0;

  constructor(connection: Required<ConnectionOptions>, receive: ReceiveMessageOnPort) {
    this.#connection = connection;
    this.#receive = receive;
  }

  get accepted(): number {
    return this.#accepted;
  }

  async open(
    listen: ResolvedListenOptions,
    events: AcceptorEvents,
  ): Promise<net.AddressInfo | string> {
    this.#listener = new ParkableListener(
      serverOptions(this.#connection, true),
      {
        connection: (connection) => {
          this.#accepted += 1;
          events.connection(connection);
        },
        acceptError: (error) => events.acceptError(error),
      },
      this.#receive,
    );
    const place = await this.bind(listen);
    if ('handle' in place) {
      this.#bound = place;
      return place.handle.address();
    }
    // Somebody listens on it already, whose clients wait.
    const address = await this.#listener.listen(place);
    this.#listener.park();
    if (address === null || typeof address === 'string') {
      throw new TypeError(`Cannot listen: descriptor ${place.fd} is no TCP socket`);
    }
    return address;
  }

  async listen(): Promise<void> {
    const bound = this.#bound;
    this.#bound = undefined;
    if (bound === undefined) return;
    // Asked before, since whoever listens on the handle has it.
    const address = bound.handle.address();
    try {
      await this.#listener?.listen(bound);
    } catch (error) {
      throw namingAddress(error, address);
    }
  }

  park(): void {
    this.#listener?.park();
  }

  unpark(): void {
    this.#listener?.unpark();
  }

  async takeOver(): Promise<void> {
    this.unpark();
  }

  close(): void {
    this.#bound?.handle.close();
    this.#bound = undefined;
    this.#listener?.close();
  }

  /** Says what to listen on; a kind of worker may have a socket of its own. */
  protected async bind(listen: ResolvedListenOptions): Promise<ListeningPlace> {
    if ('fd' in listen) return listen;
    return { handle: await bindSocket(listen), backlog: listen.backlog };
  }
}
