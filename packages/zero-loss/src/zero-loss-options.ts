import { isIP } from 'node:net';
import { inspect } from 'node:util';
import {
  type HttpRequestOptions,
  longThinkMs,
  type LoadOptions,
  type NetworkConditions,
  parseTargetUrl,
  type ResolvedTarget,
  resolveTargetAddress,
  resolveThinkTime,
  type TargetAddress,
  type ThinkTime,
  type ThinkTimeOption,
} from '@sockpool/load-client';
import { requireKnownOptions, requireNumber, requireObject } from '@sockpool/option-checks';
import type { Disruption } from './disruption.ts';

/** What is said to the server: the part of load-client's options that describes requests and replies. */
export type ZeroLossWorkload = Pick<
  LoadOptions,
  | 'expectedReply'
  | 'framing'
  | 'framingModule'
  | 'http'
  | 'messageBytes'
  | 'messageOrder'
  | 'messages'
  | 'seed'
  | 'tls'
  | 'websocket'
>;

/** The clients that keep their connections for many requests. */
export interface HeldConnectionOptions {
  /**
   * How many connections are held.
   * @default 200
   */
  readonly connections?: number | undefined;
  /**
   * Requests a second, over all of them, at fixed times whatever the server does.
   * @default 2_000, unless `thinkMs` is given
   */
  readonly rate?: number | undefined;
  /**
   * How long each client thinks before each request, instead of a rate: milliseconds, the bounds
   * of an even distribution, or a distribution such as
   * `{ distribution: 'lognormal', medianMs: 500, sigma: 1 }`. People and other programs do, often
   * for longer than a server's patience.
   * @default none, a `rate`
   */
  readonly thinkMs?: ThinkTimeOption | undefined;
  /**
   * Requests after which a client ends its connection and opens another. A protocol in
   * which a server cannot say that it wants to end a connection, such as a bare echo,
   * needs a number: a worker that is to go waits until its clients have gone. `Infinity`
   * is right where it can (`Connection: close` in HTTP).
   * @default 20
   */
  readonly requestsPerConnection?: number | undefined;
}

/** The clients that open a connection for one request. */
export interface NewConnectionOptions {
  /**
   * New connections a second; 0 leaves these clients out.
   * @default 100
   */
  readonly rate?: number | undefined;
}

/** What to check, and under which load. */
export interface ZeroLossOptions {
  /** Where the server listens: a URL (`http://`, `https://`, `h2://`, `h2c://`, `ws://`, `wss://`, `tcp://`, `tls://`, `unix:`), what `pool.address` or `server.address()` tells, `{ host, port }`, `{ path }`, or the path of a unix-domain socket. */
  readonly address: TargetAddress;
  /** What is done to the server, one after the other, while the load runs. */
  readonly disruptions: readonly Disruption[];
  /**
   * What is said to the server.
   * @default the messages of load-client, and their upper-case echo as the reply
   */
  readonly workload?: ZeroLossWorkload | undefined;
  /**
   * The clients that keep their connections.
   * @default as {@link HeldConnectionOptions} say
   */
  readonly held?: HeldConnectionOptions | undefined;
  /**
   * The clients that open a connection for each request.
   * @default as {@link NewConnectionOptions} say
   */
  readonly newConnections?: NewConnectionOptions | undefined;
  /**
   * The network between the clients and the server, such as `{ delayMs: 25 }`: how long bytes,
   * ends and resets are under way each way, with jitter, bandwidth and cuts; see load-client's
   * `startNetworkProxy()`. A refused connection shows as a reset behind it.
   * @default none: the clients connect directly
   */
  readonly network?: NetworkConditions | undefined;
  /**
   * Time of undisturbed load before the first disruption and, unless clients think for longer, after the last, in milliseconds.
   * @default 500
   */
  readonly quietMs?: number | undefined;
  /**
   * How long a reply, and an attempt to connect, may take before it counts as lost, in
   * milliseconds. After the last disruption every reply that is outstanding is awaited for as long;
   * so what is only late, as on a busy machine, is not lost.
   * @default 30_000
   */
  readonly replyTimeoutMs?: number | undefined;
  /**
   * The longest that a reply may take without a complaint, in milliseconds: later ones are not
   * lost, but counted as `late`, and the check fails.
   * @default Infinity
   */
  readonly latencyLimitMs?: number | undefined;
  /**
   * How long the clients' own event loop may stand still, in milliseconds. Beyond it the check
   * fails, since it may have missed what happened.
   * @default 3_000
   */
  readonly stallLimitMs?: number | undefined;
  /**
   * How often a request is sent again whose connection ended before its reply, as real HTTP
   * clients may do with idempotent requests (RFC 9110, section 9.2.2). The report counts such
   * attempts as `retried`; only what fails in the end is lost.
   * @default 0
   */
  readonly retries?: number | undefined;
  /**
   * The longest that the disruptions may take together, in milliseconds.
   * @default 600_000
   */
  readonly maxDurationMs?: number | undefined;
  /**
   * Ends the check early: the promise rejects with the signal's reason.
   * @default none
   */
  readonly signal?: AbortSignal | undefined;
}

/** {@link HeldConnectionOptions} with every default filled in: one of rate and thinkMs is given. */
export interface ResolvedHeldOptions {
  readonly connections: number;
  readonly rate: number | undefined;
  readonly thinkMs: ThinkTime | undefined;
  readonly requestsPerConnection: number;
}

/** {@link ZeroLossOptions} checked and with every default filled in. */
export interface ResolvedZeroLossOptions {
  readonly target: ResolvedTarget;
  readonly disruptions: readonly Disruption[];
  readonly workload: ZeroLossWorkload;
  readonly held: ResolvedHeldOptions;
  readonly newConnections: { readonly rate: number };
  readonly network: NetworkConditions | null;
  readonly quietMs: number;
  readonly replyTimeoutMs: number;
  readonly latencyLimitMs: number;
  readonly stallLimitMs: number;
  readonly retries: number;
  readonly maxDurationMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The defaults of all options that have one. */
export const ZERO_LOSS_DEFAULTS: Readonly<
  Omit<ResolvedZeroLossOptions, 'target' | 'disruptions' | 'signal'>
> = Object.freeze({
  workload: Object.freeze({}),
  held: Object.freeze({
    connections: 200,
    rate: 2_000,
    thinkMs: undefined,
    requestsPerConnection: 20,
  }),
  newConnections: Object.freeze({ rate: 100 }),
  network: null,
  quietMs: 500,
  replyTimeoutMs: 30_000,
  latencyLimitMs: Infinity,
  stallLimitMs: 3_000,
  retries: 0,
  maxDurationMs: 600_000,
});

/** Where options belong that are none of the check itself. */
const ELSEWHERE: Readonly<Record<string, string>> = Object.freeze({
  connections: 'held.connections',
  rate: 'held.rate',
  thinkMs: 'held.thinkMs',
  requestsPerConnection: 'held.requestsPerConnection',
  delayMs: 'network.delayMs',
});

/** Has a field for each option, for the check of their names. */
const KNOWN = Object.freeze({
  address: true,
  disruptions: true,
  ...ZERO_LOSS_DEFAULTS,
  signal: true,
});

/** The longest think time, in milliseconds: the check lasts for as long after the last disruption. */
const MAX_THINK_MS = 600_000;

/**
 * Checks the options and fills in the defaults. Does not change its input. The load's own
 * options and the network's conditions are checked when it starts.
 *
 * @throws {TypeError} when the address or a disruption is missing, an option is unknown, or two contradict each other
 * @throws {RangeError} when a number is out of bounds
 */
export function resolveZeroLossOptions(options: ZeroLossOptions): ResolvedZeroLossOptions {
  const { address, disruptions, signal } = options;
  const defaults = ZERO_LOSS_DEFAULTS;
  requireObject('Options', options, '{ address, disruptions }');
  requireKnownOptions(options, KNOWN, { of: 'checkZeroLoss()', elsewhere: ELSEWHERE });
  if (!Array.isArray(disruptions) || disruptions.length === 0) {
    throw new TypeError(
      'Option disruptions must be a list of one or more, such as poolDisruptions(pool)',
    );
  }
  const { target, workload } = resolveServer(address, options.workload ?? defaults.workload);
  requireIdempotent(options.retries ?? defaults.retries, workload);
  const number = (
    name:
      | 'quietMs'
      | 'replyTimeoutMs'
      | 'latencyLimitMs'
      | 'stallLimitMs'
      | 'retries'
      | 'maxDurationMs',
    min: number,
  ): number => requireNumber(name, options[name] ?? defaults[name], { min });
  const newConnections = { ...defaults.newConnections, ...options.newConnections };
  requireKnownOptions(newConnections, defaults.newConnections, { within: 'newConnections.' });
  return Object.freeze({
    target,
    disruptions,
    workload,
    held: resolveHeld(options.held ?? {}),
    newConnections: Object.freeze({
      rate: requireNumber('newConnections.rate', newConnections.rate, { min: 0 }),
    }),
    network: options.network ?? defaults.network,
    quietMs: number('quietMs', 0),
    replyTimeoutMs: number('replyTimeoutMs', 1),
    latencyLimitMs: number('latencyLimitMs', 0),
    stallLimitMs: number('stallLimitMs', 1),
    retries: number('retries', 0),
    maxDurationMs: number('maxDurationMs', 1),
    signal,
  });
}

/** Reads the address; a URL says also what is spoken there, which the workload may refine. */
function resolveServer(
  address: TargetAddress,
  workload: ZeroLossWorkload,
): Pick<ResolvedZeroLossOptions, 'target' | 'workload'> {
  if (typeof address !== 'string' || !/^(?:[a-z][a-z0-9+.-]*:\/\/|unix:)/i.test(address)) {
    const target = resolveTargetAddress('address', address);
    if ('path' in target) return { target, workload };
    return { target, workload: named(workload, target.host, target.port) };
  }
  const { host, port = 0, path, tls, http, websocket } = parseTargetUrl(address);
  const asked = {
    ...workload,
    ...(tls === undefined ? {} : { tls: workload.tls ?? { servername: servername(host) } }),
    ...(http === undefined ? {} : { http: { ...http, ...defined(workload.http ?? {}) } }),
    ...(websocket === undefined
      ? {}
      : { websocket: { ...websocket, ...defined(workload.websocket ?? {}) } }),
  };
  return {
    target: resolveTargetAddress('address', path === undefined ? { host, port } : { path }),
    workload: path === undefined ? named(asked, host, port) : asked,
  };
}

/** An address is no name that a certificate could be asked for. */
function servername(host: string | undefined): string | undefined {
  return host === undefined || isIP(host) !== 0 ? undefined : host;
}

/** Adds the server's own name, which it is to hear also when a proxy is in between. */
function named(
  workload: ZeroLossWorkload,
  host: string | undefined,
  port: number,
): ZeroLossWorkload {
  const name = host?.includes(':') === true ? `[${host}]` : host;
  const withHost = (headers: HttpRequestOptions['headers'] = {}): typeof headers =>
    Object.keys(headers).some((each) => each.toLowerCase() === 'host')
      ? headers
      : { Host: `${name}:${port}`, ...headers };
  const { http, websocket } = workload;
  return {
    ...workload,
    ...(http === undefined ? {} : { http: { ...http, headers: withHost(http.headers) } }),
    ...(websocket === undefined
      ? {}
      : { websocket: { ...websocket, headers: withHost(websocket.headers) } }),
  };
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

/** HTTP clients may send these again by themselves (RFC 9110, section 9.2.2). */
const IDEMPOTENT = /^(?:GET|HEAD|OPTIONS|TRACE|PUT|DELETE) /;

function requireIdempotent(retries: number, { http }: ZeroLossWorkload): void {
  const request = http?.requests.find((each) => !IDEMPOTENT.test(each));
  if (retries === 0 || request === undefined) return;
  throw new TypeError(
    `Option retries must be 0 for '${request}': clients may send only idempotent requests again`,
  );
}

function resolveHeld(held: HeldConnectionOptions): ResolvedHeldOptions {
  const { connections, rate, thinkMs, requestsPerConnection } = held;
  const defaults = ZERO_LOSS_DEFAULTS.held;
  requireKnownOptions(held, defaults, { within: 'held.' });
  if (rate !== undefined && thinkMs !== undefined) {
    throw new TypeError(
      'Cannot use held.rate and held.thinkMs together: clients that think ask when they have thought; give one of them',
    );
  }
  return Object.freeze({
    connections: requireNumber('held.connections', connections ?? defaults.connections, { min: 1 }),
    rate:
      thinkMs === undefined
        ? requireNumber('held.rate', rate ?? defaults.rate, { min: 1 })
        : undefined,
    thinkMs: thinkMs === undefined ? undefined : requireThinkTime(thinkMs),
    requestsPerConnection: requireNumber(
      'held.requestsPerConnection',
      requestsPerConnection ?? defaults.requestsPerConnection,
      { min: 1 },
    ),
  });
}

function requireThinkTime(thinkMs: unknown): ThinkTime {
  const think = resolveThinkTime('held.thinkMs', thinkMs);
  if (think !== null && longThinkMs(think) <= MAX_THINK_MS) return Object.freeze(think);
  throw new RangeError(
    `Option held.thinkMs must be longer than 0 and, for 999 of 1,000 requests, up to ${MAX_THINK_MS} ms, got ${inspect(thinkMs)}`,
  );
}
