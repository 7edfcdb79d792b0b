import type { ListenOptions, PoolTlsOptions, ProcessPoolOptions } from '@sockpool/process-pool';
import type { ThreadPoolOptions } from '@sockpool/thread-pool';
import type { ControlOptions } from '@sockpool/control';
import type { DashboardOptions } from '@sockpool/dashboard';

/** The options of a pool that the command does not set by itself. */
type PoolSettings = Omit<
  ProcessPoolOptions & ThreadPoolOptions,
  'handler' | 'workers' | 'logger' | 'tls' | 'env' | 'firstWorker'
>;

/**
 * What a configuration says. Besides these, every option of the pool, such as `shutdown` or
 * `protection`. Flags of the command win.
 */
export interface SockpoolConfig extends Partial<PoolSettings> {
  /** What to serve: a program, an app or a handler module; relative to the configuration. */
  readonly file?: string;
  /**
   * What the pool is called.
   * @default the name in package.json, else the file's
   */
  readonly name?: string;
  /**
   * Whether workers are threads.
   * @default false
   */
  readonly threads?: boolean;
  /**
   * How many workers; `'auto'` is as many as `WEB_CONCURRENCY` says, else one for each processor
   * that the program may use, as far as the memory of its control group holds them.
   * @default 'auto'
   */
  readonly workers?: number | 'auto';
  /**
   * Where to listen: a port, such as `3000` or `'127.0.0.1:3000'`, or a list, such as `[3000, 9090]`.
   * @default the sockets that systemd passes, else where the program listens, else `PORT`, else 3000
   *   of 127.0.0.1
   */
  readonly port?: number | string | readonly (number | string)[];
  /** The address for ports that come without one. */
  readonly host?: string;
  /** A unix-domain socket, or a list of them, in place of a port or besides; processes only. */
  readonly path?: string | readonly string[];
  /**
   * More for `listen()`, such as `{ backlog: 1_024 }`; or the whole list of addresses as `listen()` of
   * a pool takes it, in place of `port`, `host` and `path`.
   */
  readonly listen?: Omit<ListenOptions, 'port' | 'host' | 'path'> | readonly ListenOptions[];
  /** Variables for the workers, besides those of the command. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * The certificate that workers terminate TLS with; a function is called again by
   * `sockpool reload-tls`.
   */
  readonly tls?: PoolTlsOptions | (() => PoolTlsOptions | Promise<PoolTlsOptions>);
  /** How the pool is controlled; false for not at all. */
  readonly control?: Omit<ControlOptions, 'name' | 'reloadTls'> | false;
  /** Where `/livez`, `/readyz`, `/healthz` and `/metrics` are served. */
  readonly healthPort?: number;
  /**
   * Where `/metrics` and the health checks are served; the option `metrics` of the pool is on then,
   * unless it is given.
   */
  readonly metricsPort?: number;
  /**
   * Whether a live page is served, and where; the option `metrics` of the pool is on then, unless it
   * is given.
   * @default false
   */
  readonly dashboard?: Omit<DashboardOptions, 'name' | 'reloadTls'> | boolean;
  /**
   * The address of `healthPort` and `metricsPort`. Probes of containers come from elsewhere: then
   * give it `'0.0.0.0'`.
   * @default '127.0.0.1'
   */
  readonly healthHost?: string;
  /**
   * Whether a change of a file restarts the pool.
   * @default false
   */
  readonly watch?: boolean;
  /**
   * How logs look.
   * @default 'pretty' on a terminal, else 'json'
   */
  readonly log?: 'pretty' | 'json';
  /**
   * Whether what is for debugging is logged as well.
   * @default false
   */
  readonly verbose?: boolean;
}

/** Every name that a configuration may have. */
export const CONFIG_NAMES: Readonly<Record<keyof SockpoolConfig, true>> = Object.freeze({
  file: true,
  name: true,
  threads: true,
  workers: true,
  port: true,
  host: true,
  path: true,
  listen: true,
  env: true,
  expectedWorkerBytes: true,
  tls: true,
  control: true,
  healthPort: true,
  metricsPort: true,
  dashboard: true,
  healthHost: true,
  watch: true,
  log: true,
  verbose: true,
  maxConnectionsPerWorker: true,
  accept: true,
  scheduling: true,
  workerData: true,
  protection: true,
  proxyProtocol: true,
  shutdown: true,
  maxConnections: true,
  overload: true,
  channels: true,
  acceptIdleTimeoutMs: true,
  acceptBurst: true,
  connection: true,
  bootTimeoutMs: true,
  respawn: true,
  rollout: true,
  health: true,
  recycle: true,
  metrics: true,
  closeOnSignals: true,
  controlSignals: true,
  execArgv: true,
  cwd: true,
  resourceLimits: true,
  workerName: true,
});

/**
 * Gives a configuration its types; does nothing else.
 *
 * @param config the configuration, or a function that makes it
 * @example
 * export default defineConfig({ file: './server.js', port: 3000, workers: 'auto' });
 */
export function defineConfig(
  config: SockpoolConfig | (() => SockpoolConfig | Promise<SockpoolConfig>),
): SockpoolConfig | (() => SockpoolConfig | Promise<SockpoolConfig>) {
  return config;
}
