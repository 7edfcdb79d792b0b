import net from 'node:net';
import type { MessagePort as WorkerMessagePort } from 'node:worker_threads';
import { DescriptorReserve, hasDescriptor } from './descriptor-reserve.ts';
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
  /** There are no file descriptors left for an accept, or some again. */
  starved?(starved: boolean): void;
}

/**
 * How often to look whether there are descriptors, besides when accepts have used many: others may
 * have taken them, and then the next accept is too late. In milliseconds; where they are scarce,
 * after each turn of the event loop as well.
 */
const LOOK_MS = { plenty: 250, scarce: 20 } as const;

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
 * A move that has no descriptor leaves a server behind that goes on accepting, and of which Node
 * does not know any more. That happens when other threads take the ones that were kept for it at
 * that very moment. From then on it is served as it is until the worker or the program ends.
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
  /** Whether Node has forgotten that the server listens, so that it can be neither moved nor closed. */
  #forgotten = false;
  #starved = false;
  #starvedTimer: NodeJS.Timeout | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  #turnWatch: NodeJS.Immediate | undefined;
  readonly #reserve: DescriptorReserve;
  /** Whether another listener looks whether there are descriptors. */
  readonly #isSpare: boolean;

  /**
   * @param options how accepted sockets are made, as for `net.createServer()`
   * @param events what to do with them
   * @param receive Node's `receiveMessageOnPort`
   * @param reserve that of another listener, which looks for this one as well
   */
  constructor(
    options: net.ServerOpts,
    events: ListenerEvents,
    receive: ReceiveMessageOnPort,
    reserve?: DescriptorReserve,
  ) {
    this.#reserve = reserve ?? new DescriptorReserve();
    this.#isSpare = reserve !== undefined;
    this.#events = events;
    this.#receive = receive;
    this.#options = options;
    this.#server = this.#attach(net.createServer(options));
  }

  /** Whether it is parked. */
  get parked(): boolean {
    return this.#parked;
  }

  /** Whether there are no descriptors, so that it accepts nothing. */
  get starved(): boolean {
    return this.#starved;
  }

  /**
   * Makes a listener for another descriptor of the same socket, which shares what is kept for want
   * of descriptors, and leaves it to this one to look for them.
   */
  createSpare(
    options: net.ServerOpts,
    events: ListenerEvents,
    receive: ReceiveMessageOnPort,
  ): ParkableListener {
    return new ParkableListener(options, events, receive, this.#reserve);
  }

  /** A spare has taken a descriptor. */
  tookDescriptor(): void {
    if (this.#reserve.taken()) this.#starve();
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
   * Takes the descriptors that {@link adopt} and {@link park} need, for a listener that will come
   * from another thread or process.
   *
   * @returns whether there are any; if not, that listener must not be adopted
   */
  prepare(): boolean {
    return this.#closed || this.#reserve.fill();
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
    if (this.#parked || this.#closed || !this.#listening) return;
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
    clearTimeout(this.#watchTimer);
    clearImmediate(this.#turnWatch);
    if (!this.#isSpare) this.#reserve.release();
    this.#parked = false;
    this.#starved = false;
    this.#closed = true;
    if (this.#server.listening) this.#server.close();
    this.#channel.port1.close();
    for (const connection of this.#held.splice(0)) this.#passOn(connection);
  }

  get #listening(): boolean {
    return this.#away || this.#forgotten || this.#server.listening;
  }

  #putAway(): void {
    if (this.#away || !this.#movable) return;
    this.#reserve.release();
    // Without a free descriptor, the server would get lost in the channel. Others may be quicker.
    if (!hasDescriptor()) {
      this.#starve();
      return;
    }
    // One that is left behind keeps no program from its end.
    this.#server.unref();
    this.#channel.port1.postMessage(this.#server, [this.#server]);
    this.#away = true;
    if (!this.#starved) this.#reserve.fill();
  }

  #watch(): void {
    if (this.#isSpare) return;
    const scarce = this.#reserve.scarce && !this.#away;
    this.#watchTimer = setTimeout(
      () => {
        this.#look();
        this.#watch();
      },
      scarce ? LOOK_MS.scarce : LOOK_MS.plenty,
    ).unref();
  }

  #look(): void {
    this.#turnWatch = undefined;
    if (this.#away) return;
    if (this.#reserve.exhausted()) this.#starve();
    else if (this.#reserve.scarce) this.#lookAfterTurn();
  }

  /** Looks once more when this turn of the event loop is over, and keeps none from waiting. */
  #lookAfterTurn(): void {
    this.#turnWatch ??= setImmediate(() => this.#look()).unref();
  }

  /** Descriptors have run out: accepts nothing until there are some again. */
  #starve(): void {
    if (this.#starved) return;
    this.#starved = true;
    // From now on the reserve is for what was just accepted, which may have to be handed over.
    this.#putAway();
    this.#lookAgain(STARVED_MS.first);
    this.#events.starved?.(true);
    if (this.#isSpare) return;
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
        this.#events.starved?.(false);
        if (this.#parked) this.#putAway();
        else if (this.#away) this.#takeOut();
      } else {
        // Others need them more meanwhile.
        this.#reserve.release();
        this.#putAway();
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
    if (received?.message instanceof net.Server) this.#server = this.#adopted(received.message);
    else this.#forget();
    if (this.#reserve.scarce) this.#lookAfterTurn();
  }

  /** The server did not get away. */
  #forget(): void {
    this.#away = false;
    this.#movable = false;
    this.#forgotten = true;
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
        if (this.#away) this.#forget();
        if (this.#closed) {
          connection.destroy();
        } else if (this.#parked) {
          this.#held.push(connection);
        } else {
          if (!this.#isSpare) this.tookDescriptor();
          this.#events.connection(connection);
        }
      })
      .on('error', (error) => {
        // Before it listens, an error is the failure of listen(), which rejects with it.
        if (server.listening) this.#events.acceptError(error);
      });
  }
}
