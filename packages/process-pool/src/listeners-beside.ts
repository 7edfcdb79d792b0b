import { once } from 'node:events';
import { closeSync, rmSync } from 'node:fs';
import { type AddressInfo, type BoundSocket, isIP, Server } from 'node:net';
import { requireInteger, requireKnownOptions, requireObject } from '@sockpool/option-checks';
import { bindSocket, namingAddress } from '@sockpool/pool-core';
import type { BesideSocket } from './inherited-sockets.ts';

/** Clients that may wait in the kernel; the system caps it. */
const BACKLOG = 65_535;

/**
 * How long the program of an upgrade may take to ask for what its predecessor listened on, from the
 * moment on when that one let it go, in milliseconds. Clients wait meanwhile.
 */
const LATE_MS = 10_000;

/** Where a server of the primary's own listens, beside the pool. */
export interface BesideOptions {
  /**
   * TCP port; 0 takes any free one.
   * @default 0
   */
  readonly port?: number;
  /**
   * Address or name of the interface.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /**
   * By what the new primary of an upgrade finds the socket again; it needs to be told where `port` is 0
   * for more than one server, or `bind` is given.
   * @default '<host>:<port>'
   */
  readonly name?: string;
  /**
   * Binds the socket in place of `port` and `host`, unless a predecessor has left it, such as one of a
   * unix-domain socket. `path` is what the listener's `address` is then.
   * @default undefined
   */
  readonly bind?: () => Promise<{ readonly socket: BoundSocket; readonly path: string }>;
  /**
   * Called when an upgrade hands the socket over, before the pool begins to close. Connections that this
   * server has accepted are still its own.
   * @default undefined
   */
  readonly onHandOver?: () => void;
}

/** What a server beside the pool listens on. */
export interface ListenerBeside {
  /** The address, or the path. */
  readonly address: AddressInfo | string;
  /** Whether it is this program's: false when it is closed, or handed over. */
  readonly open: boolean;
  /**
   * Stops listening; connections go on. Idempotent.
   *
   * @returns whether nobody listens there from now on: false when a predecessor or a successor does, and
   *   when it was closed before
   */
  close(): boolean;
}

const OPTIONS = Object.freeze({
  port: 0,
  host: '127.0.0.1',
  name: undefined,
  bind: undefined,
  onHandOver: undefined,
} satisfies Record<keyof BesideOptions, unknown>);

/** The listening sockets of a primary's own servers, which an upgrade hands over with the pool's. */
export class ListenersBeside {
  /** What a predecessor has left and nobody has asked for. */
  #left: readonly BesideSocket[];
  /** Whether a predecessor still accepts on what it leaves. */
  #waiting: boolean;
  readonly #listeners = new Set<Listener>();
  #late: NodeJS.Timeout | undefined;

  /** @param left what a predecessor has left */
  constructor(left: readonly BesideSocket[]) {
    this.#left = left;
    this.#waiting = left.length > 0;
  }

  /** What a new primary is to get. */
  get sockets(): readonly BesideSocket[] {
    return [...this.#listeners].map(({ socket }) => socket);
  }

  /** See {@link ProcessPool.listenBeside}. */
  async listen(server: Server, options: BesideOptions): Promise<ListenerBeside> {
    requireObject('Options of listenBeside()', options, '{ port: 9090 }');
    requireKnownOptions(options, OPTIONS, { of: 'listenBeside()' });
    const port = requireInteger('port', options.port ?? OPTIONS.port, { min: 0, max: 65_535 });
    const { host = OPTIONS.host, bind, onHandOver } = options;
    const name = options.name ?? `${host}:${port}`;
    const left = this.#left.find((socket) => socket.beside === name);
    if (left !== undefined) {
      this.#left = this.#left.filter((socket) => socket !== left);
      const listener = this.#add(server, left, onHandOver);
      if (!this.#waiting) await listener.listen();
      return listener;
    }
    const { socket, path } = await (bind?.() ?? bindPort(host, port));
    // A socket of a port has no path.
    const address = path ?? (socket.address() as AddressInfo);
    const listener = this.#add(server, { fd: socket.fd(), address, beside: name }, onHandOver);
    try {
      await listener.listen(socket);
    } catch (error) {
      listener.close();
      throw namingAddress(error, address);
    }
    return listener;
  }

  /** A new primary serves: accepts nothing more, and leaves who waits to that one. */
  handOver(): void {
    for (const listener of this.#listeners) listener.handOver();
  }

  /** The predecessor accepts nothing more. */
  takeOver(): void {
    this.#waiting = false;
    for (const listener of this.#listeners) {
      listener.listen().catch((error: Error) => process.emitWarning(error));
    }
    this.#late = setTimeout(() => this.#closeLeft(), LATE_MS).unref();
  }

  /** The pool is closed: gives up what nobody has asked for. */
  close(): void {
    clearTimeout(this.#late);
    this.#closeLeft();
  }

  #add(server: Server, socket: BesideSocket, onHandOver: (() => void) | undefined): Listener {
    const listener = new Listener(server, socket, {
      handedOver: () => onHandOver?.(),
      closed: () => this.#listeners.delete(listener),
    });
    this.#listeners.add(listener);
    return listener;
  }

  #closeLeft(): void {
    for (const { fd, address } of this.#left) {
      closeSync(fd);
      if (typeof address === 'string' && !this.#waiting) rmSync(address, { force: true });
    }
    this.#left = [];
  }
}

interface ListenerEvents {
  handedOver(): void;
  closed(): void;
}

/** A server, and the socket that it listens on, or is going to. */
class Listener implements ListenerBeside {
  readonly socket: BesideSocket;
  readonly #server: Server;
  readonly #events: ListenerEvents;
  #state: 'waiting' | 'listening' | 'closed' = 'waiting';

  constructor(server: Server, socket: BesideSocket, events: ListenerEvents) {
    this.#server = server;
    this.socket = socket;
    this.#events = events;
  }

  get address(): AddressInfo | string {
    return this.socket.address;
  }

  get open(): boolean {
    return this.#state !== 'closed';
  }

  /** Listens on what was bound, else on the descriptor that a predecessor has left. */
  async listen(bound?: BoundSocket): Promise<void> {
    if (this.#state !== 'waiting') return;
    this.#state = 'listening';
    // Both take the backlog from the second argument only.
    if (bound === undefined) this.#server.listen({ fd: this.socket.fd }, BACKLOG);
    else this.#server.listen({ handle: bound }, BACKLOG);
    await once(this.#server, 'listening');
  }

  handOver(): void {
    // An HTTP server's own close() cuts who has connected and not asked yet.
    const listened = this.#end(() => Server.prototype.close.call(this.#server));
    if (listened) this.#events.handedOver();
  }

  close(): boolean {
    return this.#end(() => this.#server.close());
  }

  #end(stopListening: () => void): boolean {
    const state = this.#state;
    this.#state = 'closed';
    this.#events.closed();
    // A descriptor on which no server has listened is nobody's but ours.
    if (state === 'waiting') closeSync(this.socket.fd);
    if (state === 'listening') stopListening();
    return state === 'listening';
  }
}

async function bindPort(
  host: string,
  port: number,
): Promise<{ readonly socket: BoundSocket; readonly path?: undefined }> {
  const { lookup } = process.getBuiltinModule('node:dns/promises');
  const address = isIP(host) === 0 ? (await lookup(host)).address : host;
  return { socket: await bindSocket({ host: address, port, ipv6Only: false, backlog: BACKLOG }) };
}
