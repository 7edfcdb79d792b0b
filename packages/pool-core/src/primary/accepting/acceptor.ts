import type net from 'node:net';
import { bindSocket } from '../../listener/bind-socket.ts';
import { type ConnectionOptions, serverOptions } from '../../options/connection-options.ts';
import type { ResolvedListenOptions } from '../../options/listen-options.ts';
import { ParkableListener, type ReceiveMessageOnPort } from '../../listener/parkable-listener.ts';

/** What an acceptor does with what it accepts. */
export interface AcceptorEvents {
  /** A connection for the dispatcher, paused. */
  connection(connection: net.Socket): void;
  acceptError(error: Error): void;
}

/** Holds a pool's address, and accepts for it unless the workers do so by themselves. */
export interface Acceptor {
  /** Whether the workers accept by themselves, until {@link takeOver}. */
  readonly workersAccept: boolean;
  /** Connections that the primary itself has accepted so far. */
  readonly accepted: number;
  /** Takes the address. Nothing is accepted by the primary until {@link unpark}. */
  open(listen: ResolvedListenOptions, events: AcceptorEvents): Promise<net.AddressInfo | string>;
  /** Leaves new clients in the kernel's backlog. Idempotent. */
  park(): void;
  /** Accepts again. Idempotent. */
  unpark(): void;
  /** From now on the primary accepts, so that it can empty the backlog before it closes. */
  takeOver(): Promise<void>;
  /** Gives the address up. Idempotent. */
  close(): void;
}

/** What a listener takes. */
export type ListeningPlace = Parameters<ParkableListener['listen']>[0];

/** Accepts in the primary, for workers that get every connection handed over. */
export class PrimaryAcceptor implements Acceptor {
  readonly workersAccept = false;
  readonly #connection: Required<ConnectionOptions>;
  readonly #receive: ReceiveMessageOnPort;
  #listener: ParkableListener | undefined;
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
    const address = await this.#listener.listen(await this.bind(listen));
    this.#listener.park();
    if (address === null || ('fd' in listen && typeof address === 'string')) {
      const what =
        'fd' in listen ? `descriptor ${listen.fd} is no TCP socket` : 'it has no address';
      throw new TypeError(`Cannot listen: ${what}`);
    }
    return address;
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
    this.#listener?.close();
  }

  /** Says what to listen on; a kind of worker may bind a socket of its own. */
  protected async bind(listen: ResolvedListenOptions): Promise<ListeningPlace> {
    if (!('path' in listen)) return listen;
    return { handle: await bindSocket(listen), backlog: listen.backlog };
  }
}
