import type { BlockList, Socket } from 'node:net';
import { requireKnownOptions, requireObject } from '@sockpool/option-checks';
import { AddressLimit } from './address-limit.ts';
import { createAddressList, isListed } from './address-list.ts';
import { clientAddress } from './client-address.ts';
import { ConnectionPace } from './connection-pace.ts';
import {
  type GuardOptions,
  resolveGuardOptions,
  type ResolvedGuardOptions,
} from './guard-options.ts';
import { NO_REQUESTS, type OpenRequests, type RequestSet, RequestWatch } from './open-requests.ts';
import { NO_REFUSALS, type Refusal, type RefusalCounts, type RefusalReason } from './refusal.ts';
import { WriteWatch } from './write-watch.ts';

/**
 * How often the timer's sweep closes some of the connections that it found, in milliseconds, and
 * how many at least. Each takes some 50 microseconds with all that hangs on it, and its client
 * comes again: a thousand at once would hold up the good ones.
 */
const SLICE_MS = 10;
const MIN_CLOSED_PER_SLICE = 8;

/** What a guard knows of one connection. */
interface Guarded {
  readonly pace: ConnectionPace;
  readonly remoteAddress: string | undefined;
  readonly key: string | undefined;
  /** Streams on top of it that buffer as well, such as a TLS socket. */
  readonly layers: Socket[];
  /** What is written to it and to its layers; empty without a limit that asks for it. */
  readonly writes: WriteWatch[];
  readonly requests: RequestSet | undefined;
}

/** What the caller knows of a connection that it has admitted. */
export interface AdmitOptions {
  /**
   * Bytes that the connection has read and that are not the client's, such as a PROXY
   * protocol header: they don't count as its first byte, nor for `maxConnectionBytes`.
   * @default 0
   */
  readonly ignoredBytes?: number;
  /**
   * Whether the address lists and `maxConnectionsPerAddress` don't apply, such as to a
   * load balancer's own health checks.
   * @default false
   */
  readonly exempt?: boolean;
}

const ADMIT_DEFAULTS: Required<AdmitOptions> = Object.freeze({ ignoredBytes: 0, exempt: false });

/**
 * Guards connections: refuses them by address when they come, and closes those that
 * break a limit. All connections share one timer, which doesn't keep the process alive;
 * it runs only while there are connections and a limit that needs it. Nothing is done
 * per byte: the guard polls the counters that Node keeps anyway.
 */
export class ConnectionGuard implements Disposable {
  readonly #limits: ResolvedGuardOptions;
  readonly #allow: BlockList | undefined;
  readonly #deny: BlockList | undefined;
  readonly #onRefusal: (refusal: Refusal) => void;
  readonly #sweeps: boolean;
  /** Whether it matters what clients take of what waits for them. */
  readonly #watchesWrites: boolean;
  readonly #requests: RequestWatch | undefined;
  readonly #guarded = new Map<Socket, Guarded>();
  readonly #perAddress: AddressLimit | undefined;
  readonly #refusals: Record<RefusalReason, number> = { ...NO_REFUSALS };
  #timer: NodeJS.Timeout | undefined;
  #slice: NodeJS.Timeout | undefined;
  #closed = false;

  /**
   * @param options what is allowed
   * @param onRefusal is called for each connection that the guard closes, before its 'close' event
   * @throws {TypeError | RangeError} when an option is wrong
   */
  constructor(options?: GuardOptions, onRefusal: (refusal: Refusal) => void = () => undefined) {
    const limits = resolveGuardOptions(options);
    this.#limits = limits;
    this.#allow = limits.allow.length > 0 ? createAddressList('allow', limits.allow) : undefined;
    this.#deny = limits.deny.length > 0 ? createAddressList('deny', limits.deny) : undefined;
    this.#perAddress =
      limits.maxConnectionsPerAddress < Infinity ? new AddressLimit(limits) : undefined;
    this.#onRefusal = onRefusal;
    this.#watchesWrites =
      limits.minReadBytesPerSecond > 0 ||
      Math.min(limits.idleTimeoutMs, limits.unreadTimeoutMs) < Infinity;
    if (this.#watchesWrites || limits.minBytesPerSecond > 0) this.#requests = new RequestWatch();
    this.#sweeps =
      this.#watchesWrites ||
      limits.minBytesPerSecond > 0 ||
      Math.min(
        limits.firstByteTimeoutMs,
        limits.maxLifetimeMs,
        limits.maxConnectionBytes,
        limits.maxTotalBufferedBytes,
      ) < Infinity;
  }

  /** Connections that are guarded now. */
  get connections(): number {
    return this.#guarded.size;
  }

  /** How many connections were closed so far, by reason. Each is counted once. */
  get refusals(): RefusalCounts {
    return { ...this.#refusals };
  }

  /**
   * Guards a connection from now on, or destroys it at once. To be called as soon as it
   * is accepted, before anything reads from it; the caller listens for its errors.
   *
   * @param connection a `net.Socket` or `tls.TLSSocket` that isn't guarded yet
   * @param options what is special about it
   * @returns whether it may stay
   * @throws {TypeError} when an option is unknown
   */
  admit(connection: Socket, options: AdmitOptions = ADMIT_DEFAULTS): boolean {
    if (options !== ADMIT_DEFAULTS) {
      requireObject('Options', options, '{ exempt: true }');
      requireKnownOptions(options, ADMIT_DEFAULTS, { of: 'admit()' });
    }
    const { ignoredBytes = ADMIT_DEFAULTS.ignoredBytes, exempt = ADMIT_DEFAULTS.exempt } = options;
    const { remoteAddress } = connection;
    const address = remoteAddress === undefined ? undefined : clientAddress(remoteAddress);
    if (!exempt && !this.#isAllowed(connection, address)) {
      return this.#refuse(connection, 'denied', remoteAddress);
    }
    let key: string | undefined;
    if (!exempt && this.#perAddress !== undefined && address !== undefined) {
      key = this.#perAddress.take(address);
      if (key === undefined) return this.#refuse(connection, 'addressLimit', remoteAddress);
    }
    const pace = new ConnectionPace(connection, performance.now(), ignoredBytes);
    this.#guarded.set(connection, {
      pace,
      remoteAddress,
      key,
      layers: [],
      writes: this.#watchesWrites ? [new WriteWatch(connection)] : [],
      requests: this.#requests?.watch(connection),
    });
    connection.once('close', () => this.#forget(connection));
    if (this.#sweeps && !this.#closed) {
      this.#timer ??= setInterval(
        () => this.#sweepInSlices(),
        this.#limits.sweepIntervalMs,
      ).unref();
    }
    return true;
  }

  /**
   * Takes a stream on top of a guarded connection, such as a TLS socket, for the connection: what
   * it buffers, what its client takes of that, and the requests that come by it. Does nothing for
   * a connection that is not guarded.
   *
   * @param connection the guarded connection
   * @param layer the stream that reads from it and writes to it
   */
  addLayer(connection: Socket, layer: Socket): void {
    const guarded = this.#guarded.get(connection);
    if (guarded === undefined) return;
    guarded.layers.push(layer);
    if (this.#watchesWrites) guarded.writes.push(new WriteWatch(layer));
    if (guarded.requests !== undefined) this.#requests?.watch(layer, guarded.requests);
  }

  /** Looks at every connection now and closes those that break a limit. */
  sweep(): void {
    this.#boundMemory();
    for (const connection of this.#findBreaking()) this.#judge(connection);
  }

  /** Looks at nothing any more and leaves the connections open. `admit()` goes on. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#requests?.[Symbol.dispose]();
    this.#stopTimer();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Does what `sweep()` does, but closes little by little what it finds, within half of its interval. */
  #sweepInSlices(): void {
    if (this.#slice !== undefined) return;
    this.#boundMemory();
    const found = this.#findBreaking();
    const slices = Math.max(1, Math.floor(this.#limits.sweepIntervalMs / 2 / SLICE_MS));
    const perSlice = Math.max(MIN_CLOSED_PER_SLICE, Math.ceil(found.length / slices));
    const closeSome = (from: number): void => {
      const next = from + perSlice;
      for (const connection of found.slice(from, next)) this.#judge(connection);
      const more = next < found.length && this.#timer !== undefined;
      this.#slice = more ? setTimeout(closeSome, SLICE_MS, next).unref() : undefined;
    };
    closeSome(0);
  }

  #findBreaking(): Socket[] {
    const nowMs = performance.now();
    return [...this.#guarded]
      .filter(([connection, guarded]) => this.#look(connection, guarded, nowMs) !== undefined)
      .map(([connection]) => connection);
  }

  /** Closes a connection if it still breaks a limit. */
  #judge(connection: Socket): void {
    const guarded = this.#guarded.get(connection);
    if (guarded === undefined || connection.destroyed) return;
    const reason = this.#look(connection, guarded, performance.now());
    if (reason !== undefined) this.#refuse(connection, reason, guarded.remoteAddress);
  }

  #look(connection: Socket, guarded: Guarded, nowMs: number): RefusalReason | undefined {
    const { pace, layers, writes } = guarded;
    const requests: OpenRequests = guarded.requests ?? NO_REQUESTS;
    const look = {
      socket: connection,
      unread:
        this.#watchesWrites &&
        (connection.writableLength > 0 ||
          layers.some(({ writableLength }) => writableLength > 0) ||
          requests.unread),
      takenBytes: writes.reduce((sum, { takenBytes }) => sum + takenBytes, 0),
      awaitsReply: requests.awaitsReply,
    };
    return pace.look(look, nowMs, this.#limits);
  }

  #isAllowed(connection: Socket, address: string | undefined): boolean {
    if (this.#allow === undefined && this.#deny === undefined) return true;
    // Unix-domain sockets have no address at either end. A TCP client without one has gone.
    if (address === undefined) return connection.localAddress === undefined;
    if (this.#deny !== undefined && isListed(this.#deny, address)) return false;
    return this.#allow === undefined || isListed(this.#allow, address);
  }

  #boundMemory(): void {
    if (this.#limits.maxTotalBufferedBytes === Infinity) return;
    const open = [...this.#guarded]
      .filter(([connection]) => !connection.destroyed)
      .map(([connection, { remoteAddress, layers }]) => ({
        connection,
        remoteAddress,
        bytes: [connection, ...layers].reduce(
          (sum, { readableLength, writableLength }) => sum + readableLength + writableLength,
          0,
        ),
      }));
    let total = open.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= this.#limits.maxTotalBufferedBytes) return;
    open.sort((left, right) => right.bytes - left.bytes);
    for (const { connection, remoteAddress, bytes } of open) {
      if (total <= this.#limits.maxTotalBufferedBytes) return;
      this.#refuse(connection, 'memory', remoteAddress);
      total -= bytes;
    }
  }

  #refuse(connection: Socket, reason: RefusalReason, remoteAddress: string | undefined): false {
    this.#refusals[reason] += 1;
    connection.destroy();
    this.#onRefusal({ reason, remoteAddress });
    return false;
  }

  #forget(connection: Socket): void {
    const key = this.#guarded.get(connection)?.key;
    this.#guarded.delete(connection);
    if (key !== undefined) this.#perAddress?.release(key);
    if (this.#guarded.size === 0) this.#stopTimer();
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#slice);
    this.#timer = undefined;
    this.#slice = undefined;
  }
}
