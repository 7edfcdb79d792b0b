/**
 * A TCP proxy between a client and a server that makes a network of loopback: bytes, ends and
 * resets take time.
 *
 * @packageDocumentation
 */
import { once } from 'node:events';
import net from 'node:net';
import { requireKnown, requireNumber } from '../option-checks.ts';
import { createRandomSource } from '../random-source.ts';
import { resolveTargetAddress, type TargetAddress } from '../target/target-address.ts';
import {
  NETWORK_DEFAULTS,
  type NetworkConditions,
  type ResolvedNetworkConditions,
  resolveNetworkConditions,
} from './network-conditions.ts';
import { Network } from './network.ts';
import { ProxiedConnection } from './proxied-connection.ts';

export type { NetworkConditions, ResolvedNetworkConditions } from './network-conditions.ts';
export type { TargetAddress } from '../target/target-address.ts';

/** Where a proxy listens, where it leads to, and how the network between them is. */
export interface NetworkProxyOptions extends NetworkConditions {
  /** The server: `{ host, port }`, `{ path }`, what `server.address()` or `pool.address` tells, or the path of a unix socket. */
  readonly target: TargetAddress;
  /**
   * The address that the proxy listens on.
   * @default '127.0.0.1'
   */
  readonly host?: string | undefined;
  /**
   * The port that it listens on; 0 takes a free one.
   * @default 0
   */
  readonly port?: number | undefined;
  /**
   * Bytes that may be under way in one direction of one connection before the proxy reads
   * no more there. It limits throughput to so many bytes for each `delayMs`, as the window
   * of TCP does.
   * @default 1_048_576
   */
  readonly bufferBytes?: number | undefined;
  /**
   * Starts the random numbers of jitter and cuts: equal seeds draw equal numbers.
   * @default 1
   */
  readonly seed?: number | undefined;
}

/** What has passed through a proxy since its start. */
export interface NetworkProxyStats {
  /** Connections that are open, on one side at least. */
  readonly open: number;
  readonly accepted: number;
  /** Connections that were cut, by `cutAfterMs` and by `cut()`. */
  readonly cut: number;
  readonly bytesToTarget: number;
  readonly bytesToClients: number;
  /** Connections that the target did not take, by the error's code, such as `ECONNREFUSED`. */
  readonly targetErrors: Readonly<Record<string, number>>;
}

/** A proxy that listens; see {@link startNetworkProxy}. */
export interface NetworkProxy extends AsyncDisposable {
  /** Where clients connect to, as `server.address()` tells it. */
  readonly address: net.AddressInfo;
  readonly port: number;
  /** The conditions that hold now. */
  readonly conditions: ResolvedNetworkConditions;
  /** Returns what has passed through so far. */
  stats(): NetworkProxyStats;
  /**
   * Changes the conditions for what is sent from now on; what is left out stays as it is.
   *
   * @throws {TypeError | RangeError} when a condition is wrong; nothing changes then
   */
  change(conditions: NetworkConditions): void;
  /** Resets every connection on both sides and returns how many; what is under way is lost. */
  cut(): number;
  /** Lets nothing arrive until `release()`, as with the cable pulled out: nobody is told, nothing is lost. */
  hold(): void;
  /** Lets arrive again what `hold()` has kept back, in its order. */
  release(): void;
  /** Stops listening and resets every connection; resolves when all sockets are closed. */
  close(): Promise<void>;
}

const OWN_OPTIONS = ['target', 'host', 'port', 'bufferBytes', 'seed'];

/**
 * Starts a TCP proxy that makes a slow network of loopback. It runs in the caller's thread.
 *
 * It guarantees, in each direction of each connection:
 *
 * - Nothing arrives before its time, and everything arrives in the order in which it was sent:
 *   bytes, then the end or the reset that came after them. Jitter reorders nothing. On a busy
 *   machine it arrives later.
 * - An end passes on as an end and the other direction stays open; a reset passes on as a reset
 *   (with `resetAndDestroy`), once the bytes before it are handed over. To a unix socket, which
 *   knows no reset, a reset passes on as a close.
 * - A new connection costs what a handshake costs: the server sees it, and its first bytes,
 *   three delays after the client connected. A connection that the server refuses is reset
 *   then; clients see a reset instead of a refusal, because the proxy's own port is open.
 * - At most `bufferBytes` and one read are kept under way; then the sender waits, and so it
 *   does when the receiver reads nothing.
 *
 * @returns a proxy that listens
 * @throws {TypeError} when an option is unknown or of the wrong type
 * @throws {RangeError} when a number is out of range
 * @throws {Error} when the port cannot be had, with the system's code
 * @example
 * await using proxy = await startNetworkProxy({ target: pool.address, delayMs: 25 });
 * net.connect(proxy.port);
 */
export async function startNetworkProxy(options: NetworkProxyOptions): Promise<NetworkProxy> {
  const { target, host = '127.0.0.1', port = 0, bufferBytes = 1_048_576, seed = 1 } = options;
  const names = [...OWN_OPTIONS, ...Object.keys(NETWORK_DEFAULTS)];
  requireKnown('startNetworkProxy()', options, names);
  requireNumber('port', port, { min: 0, max: 65_535, whole: true });
  requireNumber('bufferBytes', bufferBytes, { min: 1, whole: true });
  requireNumber('seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true });
  const { delayMs, jitterMs, bytesPerSecond, cutAfterMs } = options;
  const conditions = resolveNetworkConditions({ delayMs, jitterMs, bytesPerSecond, cutAfterMs });
  const proxy = new ListeningProxy(
    resolveTargetAddress('target', target),
    new Network(conditions, createRandomSource(seed)),
    bufferBytes,
  );
  await proxy.listen(host, port);
  return proxy;
}

class ListeningProxy implements NetworkProxy {
  readonly #network: Network;
  readonly #server: net.Server;
  readonly #connections = new Set<ProxiedConnection>();
  readonly #targetErrors: Record<string, number> = {};
  #idle: (() => void) | undefined;
  #address: net.AddressInfo | undefined;
  #accepted = 0;
  #cut = 0;
  #bytesToTarget = 0;
  #bytesToClients = 0;

  constructor(
    target: ReturnType<typeof resolveTargetAddress>,
    network: Network,
    bufferBytes: number,
  ) {
    this.#network = network;
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#accepted += 1;
      const connection = new ProxiedConnection(client, target, network, bufferBytes, {
        bytesToTarget: (bytes) => (this.#bytesToTarget += bytes),
        bytesToClient: (bytes) => (this.#bytesToClients += bytes),
        failed: ({ code = 'unknown' }) =>
          (this.#targetErrors[code] = (this.#targetErrors[code] ?? 0) + 1),
        cut: () => (this.#cut += 1),
        closed: () => {
          this.#connections.delete(connection);
          if (this.#connections.size === 0) this.#idle?.();
        },
      });
      this.#connections.add(connection);
    });
  }

  async listen(host: string, port: number): Promise<void> {
    this.#server.listen({ host, port, backlog: 4_096 });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') {
      throw new TypeError(`Cannot listen on ${host}: a proxy needs a TCP address`);
    }
    this.#address = address;
  }

  get address(): net.AddressInfo {
    if (this.#address === undefined) throw new Error('Cannot tell the address: not listening yet');
    return this.#address;
  }

  get port(): number {
    return this.address.port;
  }

  get conditions(): ResolvedNetworkConditions {
    return this.#network.conditions;
  }

  stats(): NetworkProxyStats {
    return {
      open: this.#connections.size,
      accepted: this.#accepted,
      cut: this.#cut,
      bytesToTarget: this.#bytesToTarget,
      bytesToClients: this.#bytesToClients,
      targetErrors: { ...this.#targetErrors },
    };
  }

  change(conditions: NetworkConditions): void {
    this.#network.conditions = resolveNetworkConditions(conditions, this.#network.conditions);
  }

  cut(): number {
    const cut = [...this.#connections];
    for (const connection of cut) connection.cut();
    this.#cut += cut.length;
    return cut.length;
  }

  hold(): void {
    this.#network.hold();
  }

  release(): void {
    this.#network.release();
  }

  async close(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    const idle = new Promise<void>((resolve) => (this.#idle = resolve));
    for (const connection of this.#connections) connection.cut();
    if (this.#connections.size > 0) await idle;
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
