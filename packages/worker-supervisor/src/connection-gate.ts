import type { Socket } from 'node:net';
import { ConnectionGuard } from '@sockpool/connection-guard';
import { AddressPlaces } from './address-places.ts';
import type { ResolvedGateOptions } from './gate-options.ts';
import type { PrimaryMessage, WorkerMessage } from './messages.ts';
import { RefusalReporter } from './refusal-reporter.ts';
import type { ConnectionRefusalReason } from './refused-connection.ts';

/** What a gate needs of its worker. */
export interface GateEvents {
  /** A connection was refused or cut; it is destroyed already. */
  refused(): void;
  /** Takes what is for the primary, in order. */
  send(message: WorkerMessage): void;
}

/**
 * The worker's side of what connections have to pass. It destroys and counts those that it
 * refuses, and goes on guarding those that it has let in.
 */
export class ConnectionGate {
  readonly #events: GateEvents;
  readonly #reporter: RefusalReporter;
  readonly #guard: ConnectionGuard | undefined;
  readonly #places: AddressPlaces | undefined;

  private constructor({ protection }: ResolvedGateOptions, events: GateEvents) {
    this.#events = events;
    this.#reporter = new RefusalReporter((refused) =>
      events.send({ type: 'connectionsRefused', refused }),
    );
    if (protection === undefined) return;
    // The primary counts for all workers.
    this.#guard = new ConnectionGuard(
      { ...protection, maxConnectionsPerAddress: Infinity },
      ({ reason, remoteAddress }) => this.#count(reason, remoteAddress),
    );
    if (protection.maxConnectionsPerAddress < Infinity) {
      this.#places = new AddressPlaces((message) => events.send(message));
    }
  }

  /**
   * Opens a gate.
   *
   * @param options what connections have to pass
   * @param events the worker
   */
  static async open(options: ResolvedGateOptions, events: GateEvents): Promise<ConnectionGate> {
    return new ConnectionGate(options, events);
  }

  /**
   * Lets a connection in, or destroys it.
   *
   * @param connection just accepted, with nothing read from it
   * @returns what the handler is to serve, at once where nothing has to be waited for;
   *   undefined for a connection that was refused or has gone meanwhile
   */
  admit(connection: Socket): Socket | undefined | Promise<Socket | undefined> {
    if (this.#guard?.admit(connection) === false) return undefined;
    const { remoteAddress } = connection;
    if (this.#places === undefined || remoteAddress === undefined) return connection;
    return this.#takePlace(connection, this.#places, remoteAddress);
  }

  /** Takes an answer of the primary. */
  receive(message: PrimaryMessage & { readonly type: 'addressPlace' }): void {
    this.#places?.answer(message.requestId, message.key);
  }

  /** Tells the primary now of what was refused. */
  flush(): void {
    this.#reporter.flush();
  }

  async #takePlace(
    connection: Socket,
    places: AddressPlaces,
    address: string,
  ): Promise<Socket | undefined> {
    const taken = await places.take(connection, address);
    if (connection.destroyed) return undefined;
    if (taken) return connection;
    connection.destroy();
    this.#count('addressLimit', address);
    return undefined;
  }

  #count(reason: ConnectionRefusalReason, remoteAddress: string | undefined, error?: Error): void {
    this.#events.refused();
    this.#reporter.add(reason, remoteAddress, error);
  }
}
