import net from 'node:net';
import type { MessagePort as WorkerMessagePort } from 'node:worker_threads';
import { DescriptorReserve } from './descriptor-reserve.ts';
import { DescriptorsExhaustedError } from '../errors/errors.ts';

/** Node's `receiveMessageOnPort`, injected so that this package names no kind of worker. */
export type ReceiveMessageOnPort = (
  port: WorkerMessagePort,
) => { readonly message: unknown } | undefined;

/** What a listener does with what it accepts. */
export interface ListenerEvents {
  connection(connection: net.Socket): void;
  /**
   * An accept failed, or there are no file descriptors left for one (told once each time
   * they run out); the listener goes on.
   */
  acceptError(error: Error): void;
}

/**
 * How often to look whether there are descriptors, besides at each accept: others may have taken
 * them, and then the next accept is too late. In milliseconds.
 */
const LOOK_MS = 250;

/** Shortest and longest time until the next look whether there are descriptors again, in milliseconds. */
const STARVED_MS = { first: 50, longest: 1_000 } as const;

/**
 * A listening server that can be parked: while parked it accepts nothing, and
 * clients that connect wait in the kernel's backlog and lose nothing.
 *
 * Node has no call to stop accepting without closing, but a listening server
 * can be moved through a message channel. Parking puts it into one; nobody
 * reads it there, so nobody accepts; unparking takes it out again, still
 * listening on the same descriptor. Either takes well under a millisecond.
 *
 * When file descriptors run out it parks itself until there are some again, so that
 * clients wait; libuv would close their connections.
 *
 * Node cannot move a unix-domain socket that way. There, what is accepted while
 * parked is held back, unread, and passed on after that; and clients that come when
 * there is no descriptor are closed by libuv.
 */
export class ParkableListener {
  readonly #receive: ReceiveMessageOnPort;
  readonly #events: ListenerEvents;
  readonly #channel = new MessageChannel();
  readonly #options: net.ServerOpts;
  #server: net.Server;
  #backlog: number | undefined;
  #movable = true;
  #held: net.Socket[] = [];
  #parked = false;
  #closed = false;
  /** Whether the server lies in the channel. */
  #away = false;
  #starved = false;
  #starvedTimer: NodeJS.Timeout | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  readonly #reserve = new DescriptorReserve();

  /**
   * @param options how accepted sockets are made, as for `net.createServer()`
   * @param events what to do with them
   * @param receive Node's `receiveMessageOnPort`
   */
  constructor(options: net.ServerOpts, events: ListenerEvents, receive: ReceiveMessageOnPort) {
    this.#events = events;
    this.#receive = receive;
    this.#options = options;
    this.#server = this.#attach(net.createServer(options));
  }

  /** Whether it is parked. */
  get parked(): boolean {
    return this.#parked;
  }

  /**
   * Starts to listen.
   *
   * @param options as for `server.listen()`
   * @returns the address; null for a unix-domain socket given by its descriptor
   * @throws {Error} the system's error, such as `EADDRINUSE`
   */
  async listen(
    options: net.ListenOptions | { readonly fd: number; readonly backlog: number },
  ): Promise<net.AddressInfo | string | null> {
    const server = this.#server;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('listening', resolve).once('error', reject);
    this.#backlog = options.backlog;
    // Of a handle and of a descriptor, Node takes the backlog from the second argument only.
    server.listen(options, options.backlog);
    try {
      await promise;
    } finally {
      server.off('listening', resolve).off('error', reject);
    }
    const address = server.address();
    this.#movable = address !== null && typeof address === 'object';
    if (this.#closed) {
      server.close();
    } else {
      this.#reserve.fill();
      this.#watch();
    }
    return address;
  }

  /**
   * Goes on with the listening socket of another server, such as one that has come from
   * another thread or process. That server is of no use afterwards.
   *
   * @param server listens on TCP, and has accepted nothing
   * @param backlog connections that may wait in the kernel
   */
  adopt(server: net.Server, backlog: number): void {
    this.#backlog = backlog;
    this.#server = this.#adopted(server);
    if (this.#closed) this.#server.close();
    else this.#watch();
  }

  /** Stops accepting until {@link unpark}. Idempotent; does nothing once closed. */
  park(): void {
    if (this.#parked || this.#closed || !(this.#away || this.#server.listening)) return;
    this.#putAway();
    this.#parked = true;
  }

  /** Accepts again. Idempotent; does nothing once closed. */
  unpark(): void {
    if (!this.#parked) return;
    this.#parked = false;
    if (this.#away && !this.#starved) this.#takeOutIfFed();
    // Passing one on may fill the last free capacity, and park the listener again.
    while (!this.#parked && this.#held.length > 0) this.#passOn(this.#held.shift());
  }

  /** Closes the listening descriptor, at once and for good. Accepted connections live on. Idempotent. */
  close(): void {
    // Taken out and closed in one turn of the event loop, so nothing is accepted in between.
    if (this.#away) this.#takeOut();
    clearTimeout(this.#starvedTimer);
    clearInterval(this.#watchTimer);
    this.#reserve.release();
    this.#parked = false;
    this.#starved = false;
    this.#closed = true;
    if (this.#server.listening) this.#server.close();
    this.#channel.port1.close();
    for (const connection of this.#held.splice(0)) this.#passOn(connection);
  }

  #putAway(): void {
    if (this.#away || !this.#movable) return;
    // Without a free descriptor, the server would get lost in the channel.
    this.#reserve.release();
    this.#channel.port1.postMessage(this.#server, [this.#server]);
    this.#away = true;
    if (!this.#starved) this.#reserve.fill();
  }

  #watch(): void {
    this.#watchTimer ??= setInterval(() => {
      if (!this.#away && this.#reserve.exhausted()) this.#starve();
    }, LOOK_MS).unref();
  }

  /** Descriptors have run out: accepts nothing until there are some again. */
  #starve(): void {
    if (this.#starved) return;
    this.#starved = true;
    // From now on the reserve is for what was just accepted, which may have to be handed over.
    this.#putAway();
    this.#lookAgain(STARVED_MS.first);
    this.#events.acceptError(
      new DescriptorsExhaustedError(
        this.#movable ? 'clients wait in the backlog' : 'clients may be closed by the system',
      ),
    );
  }

  #lookAgain(delayMs: number): void {
    this.#starvedTimer = setTimeout(() => {
      if (this.#reserve.fill() && !this.#reserve.exhausted()) {
        this.#starved = false;
        if (this.#away && !this.#parked) this.#takeOut();
      } else {
        // Others need them more meanwhile.
        this.#reserve.release();
        this.#lookAgain(Math.min(2 * delayMs, STARVED_MS.longest));
      }
    }, delayMs);
  }

  #takeOutIfFed(): void {
    if (this.#reserve.fill()) this.#takeOut();
    else this.#starve();
  }

  #takeOut(): void {
    this.#away = false;
    const received = this.#receive(this.#channel.port2);
    if (!(received?.message instanceof net.Server)) {
      throw new TypeError('Cannot unpark the listener: the parking channel is empty');
    }
    this.#server = this.#adopted(received.message);
  }

  /** Node listens with its default backlog after a move; this asks for the right one again. */
  #adopted(server: net.Server): net.Server {
    return this.#attach(net.createServer(this.#options).listen(server, this.#backlog));
  }

  #passOn(connection: net.Socket | undefined): void {
    // Who went away while held back has closed already; nobody would hear of its end.
    if (connection?.destroyed === false) this.#events.connection(connection);
  }

  #attach(server: net.Server): net.Server {
    return server
      .on('connection', (connection) => {
        if (this.#parked) {
          this.#held.push(connection);
          return;
        }
        if (this.#reserve.exhausted()) this.#starve();
        this.#events.connection(connection);
      })
      .on('error', (error) => {
        // Before it listens, an error is the failure of listen(), which rejects with it.
        if (server.listening) this.#events.acceptError(error);
      });
  }
}
