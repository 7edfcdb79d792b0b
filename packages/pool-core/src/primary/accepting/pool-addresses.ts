import type { AddressInfo, Socket } from 'node:net';
import type { Acceptor } from './acceptor.ts';
import { WorkerBootError } from '../../errors/errors.ts';
import { WorkerSpawnError } from '../../errors/worker-spawn-error.ts';
import type { ResolvedListenOptions } from '../../options/listening/listen-options.ts';

/** One address at least, in the order of the list that `listen()` was given. */
export type AddressList = readonly [AddressInfo | string, ...(AddressInfo | string)[]];

/** What a pool does with what comes to its addresses. */
export interface PoolAddressesEvents {
  /** A connection for the dispatcher, paused; and to which of the addresses it came, from 0. */
  connection(connection: Socket, addressIndex: number): void;
  acceptError(error: Error): void;
}

/** Where a pool listens: one or several addresses, each held by an acceptor of its own. */
export class PoolAddresses {
  readonly #createAcceptor: () => Acceptor;
  readonly #acceptors: Acceptor[] = [];
  #addresses: readonly (AddressInfo | string)[] = [];
  #backlog = 0;
  #parked = false;

  /** @param createAcceptor makes the acceptor of one address, in the order of the addresses */
  constructor(createAcceptor: () => Acceptor) {
    this.#createAcceptor = createAcceptor;
  }

  /** The addresses, once all are taken; paths for unix-domain sockets. */
  get all(): readonly (AddressInfo | string)[] {
    return this.#addresses;
  }

  /** Connections that can wait in the kernel, at all of them. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Whether the workers accept by themselves, until {@link takeOver}. */
  get workersAccept(): boolean {
    return this.#acceptors.some(({ workersAccept }) => workersAccept);
  }

  /** Connections that the primary itself has accepted so far. */
  get accepted(): number {
    return this.#acceptors.reduce((sum, { accepted }) => sum + accepted, 0);
  }

  /**
   * Takes the addresses, one after another. The primary accepts nothing yet.
   *
   * @param listens where, in the order that says which is which
   * @param events what to do with what comes
   * @throws {Error} the system's error when one cannot be taken; {@link close} gives up the others
   */
  async open(
    [first, ...others]: readonly [ResolvedListenOptions, ...ResolvedListenOptions[]],
    events: PoolAddressesEvents,
  ): Promise<AddressList> {
    const addresses: [AddressInfo | string, ...(AddressInfo | string)[]] = [
      await this.#take(first, events),
    ];
    for (const listen of others) addresses.push(await this.#take(listen, events));
    this.#addresses = Object.freeze(addresses);
    return addresses;
  }

  /** See {@link Acceptor.listen}. */
  async listen(): Promise<void> {
    for (const acceptor of this.#acceptors) await acceptor.listen();
  }

  /** See {@link Acceptor.park}. */
  park(): void {
    this.#parked = true;
    for (const acceptor of this.#acceptors) acceptor.park();
  }

  /** See {@link Acceptor.unpark}. */
  unpark(): void {
    this.#parked = false;
    for (const acceptor of this.#acceptors) {
      // One that is unparked may pass on a connection at once, which may be the last that there is capacity for.
      if (!this.#parked) acceptor.unpark();
    }
  }

  /**
   * See {@link Acceptor.takeOver}. One that fails keeps the others from nothing.
   *
   * @throws {Error} what the first one that failed has thrown
   */
  async takeOver(): Promise<void> {
    const taken = await Promise.allSettled(this.#acceptors.map((acceptor) => acceptor.takeOver()));
    const failed = taken.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /**
   * Finds out whether workers did not start because somebody else listens at an address that was
   * only bound until then: whoever binds it too, by its number, and listens first, has it.
   *
   * @param error why the pool could not start; it is to be closed in any case
   * @returns the system's error with the address, if that is why; else the error itself
   */
  async reasonOf(error: unknown): Promise<unknown> {
    if (!mayNotListen(error)) return error;
    try {
      await this.takeOver();
      return error;
    } catch (failure) {
      return (failure as NodeJS.ErrnoException).code === 'EADDRINUSE' ? failure : error;
    }
  }

  /** See {@link Acceptor.close}. */
  close(): void {
    for (const acceptor of this.#acceptors) acceptor.close();
  }

  #take(listen: ResolvedListenOptions, events: PoolAddressesEvents): Promise<AddressInfo | string> {
    const addressIndex = this.#acceptors.length;
    const acceptor = this.#createAcceptor();
    this.#acceptors.push(acceptor);
    this.#backlog += listen.backlog;
    return acceptor.open(listen, {
      connection: (connection) => events.connection(connection, addressIndex),
      acceptError: (error) => events.acceptError(error),
    });
  }
}

/** Whether a worker did not start that may not have been able to listen. */
function mayNotListen(error: unknown): boolean {
  if (error instanceof WorkerSpawnError) return true;
  const cause: unknown = error instanceof WorkerBootError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}
