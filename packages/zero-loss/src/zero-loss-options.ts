import type { AddressInfo } from 'node:net';
import type { LoadOptions } from '@sockpool/load-client';
import type { Disruption } from './disruption.ts';

/** What is said to the server: the part of load-client's options that describes requests and replies. */
export type ZeroLossWorkload = Pick<
  LoadOptions,
  | 'expectedReply'
  | 'framing'
  | 'framingModule'
  | 'messageBytes'
  | 'messageOrder'
  | 'messages'
  | 'seed'
  | 'tls'
>;

/** The clients that keep their connections for many requests. */
export interface HeldConnectionOptions {
  /**
   * How many connections are held.
   * @default 200
   */
  readonly connections?: number;
  /**
   * Requests a second, over all of them.
   * @default 2_000
   */
  readonly rate?: number;
  /**
   * Requests after which a client ends its connection and opens another. A protocol in
   * which a server cannot say that it wants to end a connection, such as a bare echo,
   * needs a number: a worker that is to go waits until its clients have gone. `Infinity`
   * is right where it can (`Connection: close` in HTTP).
   * @default 20
   */
  readonly requestsPerConnection?: number;
}

/** The clients that open a connection for one request. */
export interface NewConnectionOptions {
  /**
   * New connections a second; 0 leaves these clients out.
   * @default 100
   */
  readonly rate?: number;
}

/** What to check, and under which load. */
export interface ZeroLossOptions {
  /** Where the server listens: what `pool.address` or `server.address()` tells, or the path of a unix-domain socket. */
  readonly address: AddressInfo | string;
  /** What is done to the server, one after the other, while the load runs. */
  readonly disruptions: readonly Disruption[];
  /**
   * What is said to the server.
   * @default the messages of load-client, and their upper-case echo as the reply
   */
  readonly workload?: ZeroLossWorkload;
  /** The clients that keep their connections. */
  readonly held?: HeldConnectionOptions;
  /** The clients that open a connection for each request. */
  readonly newConnections?: NewConnectionOptions;
  /**
   * Time of undisturbed load before the first disruption, in milliseconds.
   * @default 500
   */
  readonly quietMs?: number;
  /**
   * How long a reply may take before its request counts as lost, in milliseconds. The load
   * goes on for as long after the last disruption, so that nothing lost goes unseen.
   * @default 3_000
   */
  readonly replyTimeoutMs?: number;
  /**
   * The longest that the whole check may take, in milliseconds.
   * @default 600_000
   */
  readonly maxDurationMs?: number;
  /** Ends the check early: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** {@link ZeroLossOptions} checked and with every default filled in. */
export interface ResolvedZeroLossOptions {
  readonly target: Pick<LoadOptions, 'host' | 'port' | 'path'>;
  readonly disruptions: readonly Disruption[];
  readonly workload: ZeroLossWorkload;
  readonly held: Required<HeldConnectionOptions>;
  readonly newConnections: Required<NewConnectionOptions>;
  readonly quietMs: number;
  readonly replyTimeoutMs: number;
  readonly maxDurationMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The defaults of all options that have one. */
export const ZERO_LOSS_DEFAULTS: Readonly<
  Pick<
    ResolvedZeroLossOptions,
    'maxDurationMs' | 'held' | 'newConnections' | 'quietMs' | 'replyTimeoutMs' | 'workload'
  >
> = Object.freeze({
  workload: Object.freeze({}),
  held: Object.freeze({ connections: 200, rate: 2_000, requestsPerConnection: 20 }),
  newConnections: Object.freeze({ rate: 100 }),
  quietMs: 500,
  replyTimeoutMs: 3_000,
  maxDurationMs: 600_000,
});

/**
 * Checks the options and fills in the defaults. Does not change its input. The load's own
 * options are checked when it starts.
 *
 * @throws {TypeError} when the address or a disruption is missing
 * @throws {RangeError} when a number is out of bounds
 */
export function resolveZeroLossOptions(options: ZeroLossOptions): ResolvedZeroLossOptions {
  const { address, disruptions, signal } = options;
  if (!Array.isArray(disruptions) || disruptions.length === 0) {
    throw new TypeError(
      'Option disruptions must be a list of one or more, such as poolDisruptions(pool)',
    );
  }
  const held = { ...ZERO_LOSS_DEFAULTS.held, ...options.held };
  const newConnections = { ...ZERO_LOSS_DEFAULTS.newConnections, ...options.newConnections };
  return Object.freeze({
    target: resolveTarget(address),
    disruptions,
    workload: options.workload ?? ZERO_LOSS_DEFAULTS.workload,
    held: Object.freeze({
      connections: requireNumber('held.connections', held.connections, 1),
      rate: requireNumber('held.rate', held.rate, 1),
      requestsPerConnection: requireNumber(
        'held.requestsPerConnection',
        held.requestsPerConnection,
        1,
      ),
    }),
    newConnections: Object.freeze({
      rate: requireNumber('newConnections.rate', newConnections.rate, 0),
    }),
    quietMs: requireNumber('quietMs', options.quietMs ?? ZERO_LOSS_DEFAULTS.quietMs, 0),
    replyTimeoutMs: requireNumber(
      'replyTimeoutMs',
      options.replyTimeoutMs ?? ZERO_LOSS_DEFAULTS.replyTimeoutMs,
      1,
    ),
    maxDurationMs: requireNumber(
      'maxDurationMs',
      options.maxDurationMs ?? ZERO_LOSS_DEFAULTS.maxDurationMs,
      1,
    ),
    signal,
  });
}

function resolveTarget(address: AddressInfo | string): ResolvedZeroLossOptions['target'] {
  if (typeof address === 'string') return { path: address };
  if (typeof address !== 'object' || address === null || typeof address.port !== 'number') {
    throw new TypeError(
      `Option address must be a server's address or the path of a unix-domain socket, got ${String(address)}; is the server listening?`,
    );
  }
  return { host: reachable(address.address), port: address.port };
}

/** A server that listens on every address is asked on this machine's own. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function requireNumber(name: string, value: number, min: number): number {
  if (typeof value === 'number' && value >= min) return value;
  throw new RangeError(`Option ${name} must be a number of ${min} or more, got ${String(value)}`);
}
