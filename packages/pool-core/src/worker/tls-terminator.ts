import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import { type DrainTerms, endWhenSilent } from '@sockpool/handler/closing';
import { SlotSet, type Slotted } from '@sockpool/handler/hosting';
import type { ResolvedTlsOptions } from '../options/listening/resolved-tls-options.ts';
import { createTlsServer } from '../options/listening/tls-server.ts';

/** A connection whose client has not yet shaken hands. */
interface Handshake extends Slotted {
  readonly connection: Socket;
  readonly bytesBefore: number;
  readonly startedAtMs: number;
  readonly resolve: (secured: TLSSocket | undefined) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Shakes hands with clients. The work is that of a `tls.Server`, which never listens.
 *
 * Node does not say which connection a server's event is about. So each handshake begins in an
 * asynchronous context of its own, which Node keeps for what comes of it.
 */
export class TlsTerminator {
  readonly #context = new AsyncLocalStorage<Handshake>();
  readonly #handshakes = new SlotSet<Handshake>();
  readonly #onSocketError: () => void;
  #server: Server;
  #terms: DrainTerms | undefined;

  /**
   * @param options how TLS is terminated
   * @param onSocketError called for each error of a connection that has shaken hands
   */
  constructor(options: ResolvedTlsOptions, onSocketError: () => void) {
    this.#onSocketError = onSocketError;
    this.#server = this.#serve(options);
  }

  /** From now on shakes hands by other options; what has begun goes on as it is. */
  reload(options: ResolvedTlsOptions): void {
    this.#server = this.#serve(options);
  }

  /**
   * Shakes hands with a client.
   *
   * @param connection of which nothing has been read but what came before the handshake
   * @returns the connection as the client means it; undefined if the client has gone
   * @throws {Error} Node's or OpenSSL's, when the handshake failed; the connection is destroyed
   */
  secure(connection: Socket): Promise<TLSSocket | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<TLSSocket | undefined>();
    const handshake: Handshake = {
      connection,
      bytesBefore: connection.bytesRead - connection.readableLength,
      startedAtMs: performance.now(),
      resolve,
      reject,
      slot: -1,
    };
    this.#handshakes.add(handshake);
    // What failed, if anything, is told after this event.
    connection.once('close', () => setImmediate(() => this.#settle(handshake)?.resolve(undefined)));
    if (this.#terms !== undefined) this.#endWhenSilent(handshake, this.#terms);
    this.#context.run(handshake, () => this.#server.emit('connection', connection));
    return promise;
  }

  /** The worker leaves: connections that stay silent before their handshake are ended. */
  leave(terms: DrainTerms): void {
    this.#terms = terms;
    for (const handshake of this.#handshakes) this.#endWhenSilent(handshake, terms);
  }

  #serve(options: ResolvedTlsOptions): Server {
    return createTlsServer(options)
      .on('secureConnection', (secured: TLSSocket) => {
        // Before anything else: an error that nobody listens for would end the worker.
        secured.on('error', this.#onSocketError);
        const handshake = this.#settle(this.#context.getStore());
        if (handshake === undefined) secured.destroy();
        else handshake.resolve(secured);
      })
      .on('tlsClientError', (error: NodeJS.ErrnoException, secured: TLSSocket) =>
        this.#onFailure(error, secured),
      );
  }

  #onFailure(error: NodeJS.ErrnoException, secured: TLSSocket): void {
    // Node's type has an error here, but it is the name of one, or null.
    const unauthorized = secured.authorizationError as unknown as string | null;
    const handshake = this.#settle(this.#context.getStore() ?? this.#justClosed());
    // Node leaves it open when the time is up.
    secured.destroy();
    if (handshake === undefined) return;
    handshake.connection.destroy();
    if (unauthorized !== null) handshake.reject(certificateError(unauthorized));
    // The client has gone, which is no reason to complain.
    else if (error.code === 'ECONNRESET') handshake.resolve(undefined);
    else handshake.reject(error);
  }

  /** Node tells of some failures only after the close, and outside of the handshake's context. */
  #justClosed(): Handshake | undefined {
    return [...this.#handshakes].find(({ connection }) => connection.closed);
  }

  /** Gives a handshake back once, to be settled. */
  #settle(handshake: Handshake | undefined): Handshake | undefined {
    return handshake !== undefined && this.#handshakes.delete(handshake) ? handshake : undefined;
  }

  #endWhenSilent({ connection, bytesBefore, startedAtMs }: Handshake, terms: DrainTerms): void {
    endWhenSilent(connection, terms, { sinceMs: startedAtMs, bytesBefore });
  }
}

/** As clients get it for a server's certificate: its code says what is wrong. */
function certificateError(code: string): Error {
  return Object.assign(new Error(`Cannot accept the client's certificate: ${code}`), { code });
}
