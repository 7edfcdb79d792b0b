import { closeSync, fstatSync } from 'node:fs';
import net from 'node:net';
import type { Acceptor, AcceptorEvents } from './acceptor.ts';
import { bindSocket, namingAddress } from '../../listener/bind-socket.ts';
import {
  type ConnectionOptions,
  serverOptions,
} from '../../options/listening/connection-options.ts';
import type { ResolvedListenOptions } from '../../options/listening/listen-options.ts';
import type { InheritedSockets } from '../../options/listening/inherited-socket.ts';
import { ParkableListener, type ReceiveMessageOnPort } from '../../listener/parkable-listener.ts';
import { descriptorsOf } from '../../listener/socket-descriptors.ts';

/** The socket that workers listen on. */
export interface SharedSocket {
  /** Its file descriptor in the primary. */
  readonly fd: number;
  /** Connections that may wait in the kernel. */
  readonly backlog: number;
  /** Whether it is a unix-domain socket. */
  readonly path: boolean;
}

/** Sockets that were bound before the pool was made, each of which it takes once. */
export interface BoundSockets {
  /**
   * Takes the socket of an address.
   *
   * @param listen where the pool is to listen
   * @returns undefined when there is none
   */
  take(listen: ResolvedListenOptions): net.BoundSocket | undefined;
}

/**
 * Holds a bound socket on which the workers listen and accept. The primary itself
 * accepts nothing, until the pool closes and it empties the backlog.
 */
export class SharedSocketAcceptor implements Acceptor {
  readonly #connection: Required<ConnectionOptions>;
  readonly #receive: ReceiveMessageOnPort;
  readonly #inherited: InheritedSockets | undefined;
  readonly #boundBefore: BoundSockets | undefined;
  #bound: net.BoundSocket | undefined;
  #shared: SharedSocket | undefined;
  #events: AcceptorEvents | undefined;
  #listener: ParkableListener | undefined;
  #takenOver = false;
  #accepted = 0;

  /**
   * @param connection how connections are set up
   * @param receive Node's `receiveMessageOnPort`
   * @param inherited sockets that are there already, by descriptor
   * @param boundBefore sockets that are there already, as objects
   */
  constructor(
    connection: Required<ConnectionOptions>,
    receive: ReceiveMessageOnPort,
    inherited?: InheritedSockets,
    boundBefore?: BoundSockets,
  ) {
    this.#inherited = inherited;
    this.#boundBefore = boundBefore;
    this.#connection = connection;
    this.#receive = receive;
  }

  get workersAccept(): boolean {
    return !this.#takenOver;
  }

  get accepted(): number {
    return this.#accepted;
  }

  /** The socket for the workers; undefined before it is open and once the primary accepts. */
  get sharedSocket(): SharedSocket | undefined {
    return this.#shared;
  }

  async open(
    listen: ResolvedListenOptions,
    events: AcceptorEvents,
  ): Promise<net.AddressInfo | string> {
    this.#events = events;
    const { backlog } = listen;
    const inherited = this.#inherited?.take(listen);
    if (inherited !== undefined) {
      this.#shared = { fd: inherited.fd, backlog, path: false };
      return inherited.address;
    }
    if ('fd' in listen) return this.#adopt(listen);
    this.#bound = this.#boundBefore?.take(listen) ?? (await bindSocket(listen));
    this.#shared = { fd: this.#bound.fd(), backlog, path: 'path' in listen };
    return this.#bound.address();
  }

  /** Does nothing: the workers listen. */
  async listen(): Promise<void> {}

  /** Does nothing: the workers park their own listeners. */
  park(): void {}

  /** Does nothing: the workers unpark their own listeners. */
  unpark(): void {}

  async takeOver(): Promise<void> {
    if (this.#takenOver || this.#shared === undefined) return;
    const { fd, backlog } = this.#shared;
    this.#shared = undefined;
    this.#takenOver = true;
    if (this.#listener !== undefined) {
      this.#listener.unpark();
      return;
    }
    const bound = this.#bound;
    this.#listener = this.#createListener();
    if (bound === undefined) {
      await this.#listener.listen({ fd, backlog });
      return;
    }
    // Asked before, since whoever listens on the handle has it, and closes it if that fails.
    const address = bound.address();
    this.#bound = undefined;
    try {
      await this.#listener.listen({ handle: bound, backlog });
    } catch (error) {
      throw namingAddress(error, address);
    }
  }

  /**
   * Listens on a descriptor, since that is how Node tells its address, but parks before the
   * event loop turns, so that the primary accepts nothing.
   */
  async #adopt(listen: {
    readonly fd: number;
    readonly backlog: number;
  }): Promise<net.AddressInfo> {
    if (process.platform !== 'linux') {
      throw new TypeError(
        `Cannot listen on descriptor ${listen.fd}: with accept 'worker' it takes Linux; use accept 'primary'`,
      );
    }
    const inode = fstatSync(listen.fd).ino;
    this.#listener = this.#createListener();
    const address = await this.#listener.listen(listen);
    this.#listener.park();
    if (address === null || typeof address === 'string') {
      throw new TypeError(`Cannot listen: descriptor ${listen.fd} is no TCP socket`);
    }
    // Parking gave the socket another descriptor.
    const [fd] = descriptorsOf(inode);
    if (fd === undefined) throw new TypeError(`Cannot listen: descriptor ${listen.fd} is gone`);
    this.#shared = { fd, backlog: listen.backlog, path: false };
    return address;
  }

  #createListener(): ParkableListener {
    return new ParkableListener(
      serverOptions(this.#connection, true),
      {
        connection: (connection) => {
          this.#accepted += 1;
          this.#events?.connection(connection);
        },
        acceptError: (error) => this.#events?.acceptError(error),
      },
      this.#receive,
    );
  }

  close(): void {
    // What is bound or listens closes its descriptor itself.
    const inherited = this.#bound === undefined && this.#listener === undefined;
    if (inherited && this.#shared !== undefined) closeSync(this.#shared.fd);
    this.#shared = undefined;
    this.#bound?.close();
    this.#bound = undefined;
    this.#listener?.close();
  }
}
