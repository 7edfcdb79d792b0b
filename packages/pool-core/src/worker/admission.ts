import type { Socket } from 'node:net';
import type {
  AdmitOptions,
  ConnectionGuard,
  ResolvedGuardOptions,
} from '@sockpool/connection-guard';
import type * as ProxyProtocolModule from '@sockpool/proxy-protocol';
import type { ProxyHeader } from '@sockpool/proxy-protocol';
import { AddressPermits } from './address-permits.ts';
import { asError } from '../errors/error-record.ts';
import type { Departure } from '@sockpool/handler/hosting';
import { drainTerms } from '@sockpool/handler/closing';
import type { ResolvedAdmissionOptions } from '../options/admission-options.ts';
import type { WorkerMessage } from '../protocol/messages.ts';
import type { PoolProxyOptions } from '../options/listening/proxy-options.ts';
import { RefusalReporter } from './reporting/refusal-reporter.ts';
import type { ConnectionRefusalReason } from '../protocol/refused-connection.ts';
import type { ResolvedTlsOptions } from '../options/listening/resolved-tls-options.ts';
import type { TlsTerminator } from './tls-terminator.ts';

/** What an admission needs of its worker. */
export interface AdmissionEvents {
  /** A connection was refused or cut; it is destroyed already. */
  refused(
    reason: ConnectionRefusalReason,
    remoteAddress: string | undefined,
    error: Error | undefined,
  ): void;
  /** A TLS handshake has been done. */
  handshaken(): void;
  /** A connection that the admission has let in had an error that its own socket doesn't tell. */
  socketError(): void;
  /** Takes what is for the primary, in order. */
  send(message: WorkerMessage): void;
}

/** What an admission reads headers with. */
type ProxyProtocol = Pick<
  typeof ProxyProtocolModule,
  'applyClientAddress' | 'isProxyHeaderRefusal'
> & {
  readonly readHeader: ProxyProtocolModule.ProxyHeaderReader;
};

/**
 * The worker's side of what connections have to pass. It destroys and counts those that it
 * refuses, and goes on guarding those that it has let in.
 */
export class Admission {
  readonly #events: AdmissionEvents;
  readonly #reporter: RefusalReporter;
  #guard: ConnectionGuard | undefined;
  #permits: AddressPermits | undefined;
  #proxy: ProxyProtocol | undefined;
  #tls: TlsTerminator | undefined;

  private constructor(events: AdmissionEvents) {
    this.#events = events;
    this.#reporter = new RefusalReporter((refused) =>
      events.send({ type: 'connectionsRefused', refused }),
    );
  }

  /**
   * Opens an admission. Loads only what its options need.
   *
   * @param options what connections have to pass
   * @param events the worker
   */
  static async open(
    options: ResolvedAdmissionOptions,
    events: AdmissionEvents,
  ): Promise<Admission> {
    const admission = new Admission(events);
    const { protection, proxyProtocol, tls } = options;
    if (protection !== undefined) await admission.#guardBy(protection);
    if (proxyProtocol !== undefined) await admission.#readHeadersBy(proxyProtocol);
    if (tls !== undefined) await admission.#terminateTlsBy(tls);
    return admission;
  }

  /**
   * Lets a connection in, or destroys it.
   *
   * @param connection just accepted, with nothing read from it
   * @returns what the handler is to serve, at once where nothing has to be waited for;
   *   undefined for a connection that was refused or has gone meanwhile
   */
  admit(connection: Socket): Socket | undefined | Promise<Socket | undefined> {
    if (this.#proxy !== undefined) return this.#admitProxied(connection, this.#proxy);
    if (this.#tls !== undefined) return this.#admitSecured(connection, this.#tls);
    return this.#protect(connection);
  }

  /**
   * Terminates TLS by other options from now on.
   *
   * @param options those that the primary has checked
   * @throws {Error} OpenSSL's, when it cannot use them here; then all stays as it was
   */
  reloadTls(options: ResolvedTlsOptions): void {
    this.#tls?.reload(options);
  }

  /** The worker leaves: ends connections that would only be waited for. */
  leave(departure: Departure): void {
    this.#tls?.leave(drainTerms(departure, Infinity));
  }

  /** The permits of client addresses, where they are limited; their answers come from the primary. */
  get permits(): AddressPermits | undefined {
    return this.#permits;
  }

  /** Tells the primary now of what was refused. */
  flush(): void {
    this.#reporter.flush();
  }

  async #guardBy(protection: ResolvedGuardOptions): Promise<void> {
    const { ConnectionGuard: Guard } = await import('@sockpool/connection-guard');
    // The primary counts for all workers.
    this.#guard = new Guard(
      { ...protection, maxConnectionsPerAddress: Infinity },
      ({ reason, remoteAddress }) => this.#count(reason, remoteAddress),
    );
    if (protection.maxConnectionsPerAddress < Infinity) {
      this.#permits = new AddressPermits((message) => this.#events.send(message));
    }
  }

  async #readHeadersBy(options: PoolProxyOptions): Promise<void> {
    const { applyClientAddress, createProxyHeaderReader, isProxyHeaderRefusal } =
      await import('@sockpool/proxy-protocol');
    const readHeader = createProxyHeaderReader(options);
    this.#proxy = { readHeader, applyClientAddress, isProxyHeaderRefusal };
  }

  async #terminateTlsBy(options: ResolvedTlsOptions): Promise<void> {
    const { TlsTerminator: Terminator } = await import('./tls-terminator.ts');
    this.#tls = new Terminator(options, () => this.#events.socketError());
  }

  /** Reads the header first: what comes after it depends on the client's address. */
  async #admitProxied(connection: Socket, proxy: ProxyProtocol): Promise<Socket | undefined> {
    const { remoteAddress } = connection;
    let header: ProxyHeader | undefined;
    try {
      header = await proxy.readHeader(connection);
    } catch (error) {
      // Other errors are the socket's own, which the worker counts.
      if (proxy.isProxyHeaderRefusal(error)) this.#count('proxyHeader', remoteAddress, error);
      return undefined;
    }
    if (connection.destroyed) return undefined;
    const options = header && {
      ignoredBytes: header.headerBytes,
      // It tells of no client: the connection is the load balancer's own, or of a unix-domain socket.
      exempt: header.family !== 'IPv4' && header.family !== 'IPv6',
    };
    if (this.#tls === undefined) return this.#protect(connection, options);
    const secured = await this.#admitSecured(connection, this.#tls, options);
    if (secured !== undefined && header !== undefined) proxy.applyClientAddress(secured, header);
    return secured;
  }

  /** Shakes hands last: it is the work that costs most. */
  async #admitSecured(
    connection: Socket,
    tls: TlsTerminator,
    options?: AdmitOptions,
  ): Promise<Socket | undefined> {
    const admitted = await this.#protect(connection, options);
    if (admitted === undefined || connection.destroyed) return undefined;
    const { remoteAddress } = connection;
    let secured: Socket | undefined;
    try {
      secured = await tls.secure(connection);
    } catch (error) {
      this.#count('tlsHandshake', remoteAddress, asError(error));
      return undefined;
    }
    if (secured !== undefined) this.#events.handshaken();
    if (secured === undefined || secured.destroyed) return undefined;
    this.#guard?.addLayer(connection, secured);
    return secured;
  }

  #protect(
    connection: Socket,
    options: AdmitOptions = {},
  ): Socket | undefined | Promise<Socket | undefined> {
    if (this.#guard?.admit(connection, options) === false) return undefined;
    const { remoteAddress } = connection;
    const unlimited = options.exempt === true || remoteAddress === undefined;
    if (this.#permits === undefined || unlimited) return connection;
    return this.#takePermit(connection, this.#permits, remoteAddress);
  }

  async #takePermit(
    connection: Socket,
    permits: AddressPermits,
    address: string,
  ): Promise<Socket | undefined> {
    const taken = await permits.take(connection, address);
    if (connection.destroyed) return undefined;
    if (taken) {
      if (!connection.readableEnded) return connection;
      // Nothing came but a header, and its end, which the handler would not hear of any more.
      connection.end();
      return undefined;
    }
    connection.destroy();
    this.#count('addressLimit', address);
    return undefined;
  }

  #count(reason: ConnectionRefusalReason, remoteAddress: string | undefined, error?: Error): void {
    this.#events.refused(reason, remoteAddress, error);
    this.#reporter.add(reason, remoteAddress, error);
  }
}
