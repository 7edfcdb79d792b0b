import type { RespawnOptions } from './workers/respawn-options.ts';
import type { Logger } from '@sockpool/handler';
import { messageFirst } from '@sockpool/handler/hosting';
import { CHANNEL_DEFAULTS, type ChannelOptions, resolveChannelOptions } from './channel-options.ts';
import {
  CONNECTION_DEFAULTS,
  type ConnectionOptions,
  resolveConnectionOptions,
} from './listening/connection-options.ts';
import { UnsupportedOptionError } from '../errors/errors.ts';
import {
  type AdmissionOptions,
  type ResolvedAdmissionOptions,
  resolveAdmissionOptions,
} from './admission-options.ts';
import { resolveHandlerUrl } from './workers/handler-url.ts';
import {
  HEALTH_DEFAULTS,
  type HealthOptions,
  resolveHealthOptions,
} from './workers/health-options.ts';
import {
  requireBoolean,
  requireDurationMs,
  requireInteger,
  requireKnownOptions,
  requireObject,
  withDefaults,
} from '@sockpool/option-checks';
import {
  type MetricsOptions,
  type ResolvedMetricsOptions,
  resolveMetricsOptions,
} from './metrics-options.ts';
import {
  RECYCLE_DEFAULTS,
  type RecycleOptions,
  resolveRecycleOptions,
} from './workers/recycle-options.ts';
import {
  type OverloadOptions,
  type ResolvedOverloadOptions,
  resolveOverloadOptions,
  WAIT,
} from './overload-options.ts';
import {
  type ResolvedRolloutOptions,
  resolveRolloutOptions,
  ROLLOUT_DEFAULTS,
  type RolloutOptions,
} from './workers/rollout-options.ts';
import { requireScheduling, type SchedulingPolicy } from './scheduling-options.ts';
import {
  resolveShutdownOptions,
  SHUTDOWN_DEFAULTS,
  type ShutdownOptions,
} from './workers/shutdown-options.ts';
import { misplacedNames } from './misplaced-names.ts';
import { stderrLogger } from '../logging/stderr-logger.ts';
import { resolveWorkerCount } from './workers/worker-count.ts';
import type { SchedulingFunction } from './worker-view.ts';

/**
 * The options that both pools share.
 *
 * @typeParam WorkerData what `workerData` is
 */
export interface PoolOptions<WorkerData = unknown> extends AdmissionOptions {
  /**
   * The handler module, whose default export serves one connection (see
   * `ConnectionHandler`): a `file:` URL, as from
   * `new URL('./handler.js', import.meta.url)`, or an absolute path.
   */
  readonly handler: URL | string;
  /**
   * How many workers. `'auto'`: as the variable `WEB_CONCURRENCY` says, else one for each processor
   * that this process may use, but no more than fit into the memory of its control group;
   * see `autoWorkers()`.
   * @default 'auto'
   */
  readonly workers?: number | 'auto';
  /**
   * The memory that one worker is expected to take, in bytes, for `workers: 'auto'`. It limits nothing.
   * @default 268_435_456
   */
  readonly expectedWorkerBytes?: number;
  /**
   * Connections that one worker has open at once. When all workers are full,
   * nothing is accepted and clients wait in the kernel's backlog, unless `overload` says otherwise.
   * @default 10_000
   */
  readonly maxConnectionsPerWorker?: number;
  /**
   * Connections that all workers together have open at once, where the primary accepts;
   * refused where workers accept by themselves.
   * @default Infinity
   */
  readonly maxConnections?: number;
  /**
   * What to do with clients for whom there is no capacity.
   * @default as {@link OverloadOptions} say
   */
  readonly overload?: OverloadOptions;
  /**
   * Anything that survives a structured clone; handlers find it in `context.workerData`.
   * @default undefined
   */
  readonly workerData?: WorkerData;
  /**
   * Which worker gets a connection that the primary hands out: a policy by its name, or
   * your own function. Workers that accept by themselves compete for connections
   * instead, so that it is refused there.
   * @default 'least-connections'
   */
  readonly scheduling?: SchedulingPolicy | SchedulingFunction;
  /**
   * The pool closes when no connection has come for this long, in milliseconds, and
   * waits for the open ones without a limit. `Infinity` never does.
   * @default Infinity
   */
  readonly acceptIdleTimeoutMs?: number;
  /**
   * Clients that a process accepts in one turn of its event loop at most, where the workers of a
   * `ProcessPool` accept by themselves: more than one only while clients wait, and never more than
   * `maxConnectionsPerWorker` allows. It costs each process as many file descriptors. Threads, and
   * a primary that accepts, take one client a turn.
   * @default 16
   */
  readonly acceptBurst?: number;
  /**
   * How messages between the workers and the primary are bounded.
   * @default as {@link ChannelOptions} say
   */
  readonly channels?: ChannelOptions;
  /**
   * How accepted connections are set up.
   * @default as {@link ConnectionOptions} say
   */
  readonly connection?: ConnectionOptions;
  /**
   * Time for a worker to load its handler module, in milliseconds. After 10 seconds the log
   * names one that is not ready.
   * @default 60_000
   */
  readonly bootTimeoutMs?: number;
  /**
   * How dead workers are replaced.
   * @default as {@link RespawnOptions} say
   */
  readonly respawn?: RespawnOptions;
  /**
   * When a worker counts as stuck.
   * @default as {@link HealthOptions} say
   */
  readonly health?: HealthOptions;
  /**
   * The order and the deadlines of a shutdown.
   * @default as {@link ShutdownOptions} say
   */
  readonly shutdown?: ShutdownOptions;
  /**
   * When workers are replaced although nothing is wrong with them.
   * @default as {@link RecycleOptions} say
   */
  readonly recycle?: RecycleOptions;
  /**
   * How new workers prove themselves in restarts, also those by a signal, in resizes,
   * `retire()` and recycling.
   * @default as {@link RolloutOptions} say
   */
  readonly rollout?: RolloutOptions;
  /**
   * Whether workers measure themselves, for `pool.metrics()`: bytes, HTTP requests, durations of
   * connections, event loop, processor time, heap, garbage collection, and what their programs expose
   * by `exposeMetrics()` of `@sockpool/metrics/worker`. They tell it once a second. Without it
   * `pool.metrics()` has what a pool counts anyway.
   * @default false
   */
  readonly metrics?: boolean | MetricsOptions;
  /**
   * Whether signals control the pool from the call of `listen()` on: SIGHUP restarts it, SIGTTIN
   * adds a worker, SIGTTOU removes one, SIGUSR2 upgrades a `ProcessPool` to a new primary. Off by
   * default, because a terminal that goes away sends SIGHUP, which should end a program.
   * @default false
   */
  readonly controlSignals?: boolean;
  /**
   * Whether SIGTERM and SIGINT close the pool gracefully, and a second one destroys it. One that
   * comes while the pool starts is obeyed as soon as it listens; if it never does, the program
   * ends by that signal, unless it listens to it as well. Set it to false to handle signals yourself.
   * @default true
   */
  readonly closeOnSignals?: boolean;
  /**
   * Gets log entries of the pool and of its handlers, with the fields `workerId`, `generation` and
   * `connectionId` where they are of one. An object of `(message, fields)`, such as `console`, or a pino.
   * @default writes warnings and errors to stderr
   */
  readonly logger?: Logger;
}

/** {@link PoolOptions} checked and with every default filled in. */
export interface ResolvedPoolOptions {
  readonly handlerUrl: string;
  readonly workers: number;
  /** Why there are as many, if the pool itself has decided. */
  readonly workersReason: string | undefined;
  readonly maxConnectionsPerWorker: number;
  readonly maxConnections: number;
  readonly overload: ResolvedOverloadOptions;
  readonly workerData: unknown;
  readonly admission: ResolvedAdmissionOptions | undefined;
  readonly scheduling: SchedulingPolicy | SchedulingFunction;
  readonly acceptIdleTimeoutMs: number;
  readonly acceptBurst: number;
  readonly channels: Required<ChannelOptions>;
  readonly connection: Required<ConnectionOptions>;
  readonly bootTimeoutMs: number;
  readonly respawn: Required<RespawnOptions>;
  readonly health: Required<HealthOptions>;
  readonly shutdown: Required<ShutdownOptions>;
  readonly recycle: Required<RecycleOptions>;
  readonly rollout: ResolvedRolloutOptions;
  /** Undefined where workers measure nothing. */
  readonly metrics: ResolvedMetricsOptions | undefined;
  readonly controlSignals: boolean;
  readonly closeOnSignals: boolean;
  readonly logger: Logger;
}

/** The defaults of all pool options but `handler`, `workers` and `workerData`. */
export const POOL_DEFAULTS: Readonly<
  Omit<ResolvedPoolOptions, 'handlerUrl' | 'workers' | 'workersReason' | 'workerData'>
> = Object.freeze({
  maxConnectionsPerWorker: 10_000,
  maxConnections: Infinity,
  overload: WAIT,
  admission: undefined,
  scheduling: 'least-connections',
  acceptIdleTimeoutMs: Infinity,
  acceptBurst: 16,
  channels: CHANNEL_DEFAULTS,
  connection: CONNECTION_DEFAULTS,
  bootTimeoutMs: 60_000,
  respawn: Object.freeze({
    initialDelayMs: 100,
    maxDelayMs: 10_000,
    maxConsecutiveCrashes: 8,
    stableAfterMs: 30_000,
  }),
  health: HEALTH_DEFAULTS,
  shutdown: SHUTDOWN_DEFAULTS,
  recycle: RECYCLE_DEFAULTS,
  rollout: ROLLOUT_DEFAULTS,
  metrics: undefined,
  controlSignals: false,
  closeOnSignals: true,
  logger: stderrLogger,
});

/** Every option of both pools, for the check of their names. */
const KNOWN = Object.freeze({
  handler: true,
  workers: true,
  expectedWorkerBytes: true,
  maxConnectionsPerWorker: true,
  maxConnections: true,
  overload: true,
  workerData: true,
  scheduling: true,
  acceptIdleTimeoutMs: true,
  acceptBurst: true,
  channels: true,
  connection: true,
  bootTimeoutMs: true,
  respawn: true,
  health: true,
  rollout: true,
  shutdown: true,
  recycle: true,
  metrics: true,
  controlSignals: true,
  closeOnSignals: true,
  logger: true,
  protection: true,
  proxyProtocol: true,
  tls: true,
} satisfies Record<keyof PoolOptions, true>);

const { channels, connection, respawn, health, shutdown, recycle, rollout } = POOL_DEFAULTS;

/** Where options belong that are none of the pool itself. */
const ELSEWHERE = misplacedNames(
  { channels, connection, respawn, health, shutdown, recycle, rollout },
  { port: 'port of listen()', host: 'host of listen()', path: 'path of listen()' },
);

/**
 * Checks pool options and fills in the defaults. Does not change its input.
 *
 * @param options what the caller gave
 * @param kind the name of the class, and a field for each option that only this kind has
 * @throws {TypeError} when an option is unknown or of the wrong kind
 * @throws {RangeError} when a number is out of bounds
 * @throws {InvalidTlsOptionsError} when OpenSSL cannot use what `tls` says
 * @throws {UnsupportedOptionError} when options of a queue are given without one, scheduling
 *   by client address together with `proxyProtocol`, or `overload.rejectWith` with `tls`
 */
export function resolvePoolOptions(
  options: PoolOptions,
  kind: { readonly name: string; readonly options: object } = { name: 'a pool', options: {} },
): ResolvedPoolOptions {
  requireObject('Pool options', options, '{ handler }');
  const known = { ...KNOWN, ...kind.options };
  requireKnownOptions(options, known, { of: kind.name, elsewhere: ELSEWHERE });
  const defaults = POOL_DEFAULTS;
  return Object.freeze({
    handlerUrl: resolveHandlerUrl(options.handler),
    ...resolveWorkerCount(options.workers, options.expectedWorkerBytes),
    maxConnectionsPerWorker: requireInteger(
      'maxConnectionsPerWorker',
      options.maxConnectionsPerWorker ?? defaults.maxConnectionsPerWorker,
      { min: 1, orInfinity: true },
    ),
    maxConnections: requireInteger(
      'maxConnections',
      options.maxConnections ?? defaults.maxConnections,
      { min: 1, orInfinity: true },
    ),
    overload: resolveOverload(options),
    workerData: options.workerData,
    admission: resolveAdmissionOptions(options),
    scheduling: resolveScheduling(options),
    acceptIdleTimeoutMs: requireDurationMs(
      'acceptIdleTimeoutMs',
      options.acceptIdleTimeoutMs ?? defaults.acceptIdleTimeoutMs,
      { orInfinity: true },
    ),
    acceptBurst: requireInteger('acceptBurst', options.acceptBurst ?? defaults.acceptBurst, {
      min: 1,
      max: 64,
    }),
    channels: resolveChannelOptions(withDefaults('channels', options.channels, channels)),
    connection: resolveConnectionOptions(options.connection),
    bootTimeoutMs: requireDurationMs(
      'bootTimeoutMs',
      options.bootTimeoutMs ?? defaults.bootTimeoutMs,
    ),
    respawn: resolveRespawnOptions(withDefaults('respawn', options.respawn, respawn)),
    health: resolveHealthOptions(withDefaults('health', options.health, health)),
    shutdown: resolveShutdownOptions(withDefaults('shutdown', options.shutdown, shutdown)),
    recycle: resolveRecycleOptions(options.recycle),
    rollout: resolveRolloutOptions(options.rollout, defaults.rollout, 'rollout.'),
    metrics: resolveMetricsOptions(options.metrics),
    controlSignals: requireBoolean(
      'controlSignals',
      options.controlSignals ?? defaults.controlSignals,
    ),
    closeOnSignals: requireBoolean(
      'closeOnSignals',
      options.closeOnSignals ?? defaults.closeOnSignals,
    ),
    logger: messageFirst(options.logger ?? defaults.logger),
  });
}

function resolveOverload(options: PoolOptions): ResolvedOverloadOptions {
  const overload = resolveOverloadOptions(options.overload);
  if (overload.rejectWith !== undefined && options.tls !== undefined) {
    throw new UnsupportedOptionError(
      'Cannot combine overload.rejectWith with the option tls: clients are rejected before their ' +
        'handshake, when they understand nothing else',
    );
  }
  return overload;
}

function resolveScheduling(options: PoolOptions): ResolvedPoolOptions['scheduling'] {
  const scheduling = requireScheduling(options.scheduling ?? POOL_DEFAULTS.scheduling);
  if (scheduling === 'client-affinity' && options.proxyProtocol !== undefined) {
    throw new UnsupportedOptionError(
      "Cannot schedule by 'client-affinity' with the option proxyProtocol: a worker is chosen " +
        "before the header is read, when all clients have the load balancer's address",
    );
  }
  return scheduling;
}

function resolveRespawnOptions(options: Required<RespawnOptions>): Required<RespawnOptions> {
  return Object.freeze({
    initialDelayMs: requireDurationMs('respawn.initialDelayMs', options.initialDelayMs),
    maxDelayMs: requireDurationMs('respawn.maxDelayMs', options.maxDelayMs),
    maxConsecutiveCrashes: requireInteger(
      'respawn.maxConsecutiveCrashes',
      options.maxConsecutiveCrashes,
      { min: 1, orInfinity: true },
    ),
    stableAfterMs: requireDurationMs('respawn.stableAfterMs', options.stableAfterMs),
  });
}
