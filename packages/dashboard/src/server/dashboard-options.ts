import type { CutClients } from '@sockpool/control';
import {
  describeValue,
  requireBoolean,
  requireInteger,
  requireKnownOptions,
  requireObject,
} from '@sockpool/option-checks';

/** Where the page is, and who may do what with it. */
export interface DashboardOptions {
  /**
   * What the pool is called on the page.
   * @default 'pool'
   */
  readonly name?: string;
  /**
   * The port; 0 takes any free one.
   * @default 0
   */
  readonly port?: number;
  /**
   * The address.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /**
   * What a person enters on the page before it acts: 16 characters at least. Without one the page
   * only shows.
   * @default undefined
   */
  readonly token?: string;
  /**
   * Whether figures, events and the addresses of clients that hold up a drain can be seen without
   * the token.
   * @default true on loopback, else false
   */
  readonly openFigures?: boolean;
  /**
   * Names besides the address itself, `localhost`, `127.0.0.1` and `[::1]` that the header `Host`
   * may have, without port, such as behind a proxy.
   * @default []
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Does what `reload-tls` asks for, see `serveControl()`.
   * @default undefined
   */
  readonly reloadTls?: () => Promise<void>;
  /**
   * Called when viewers were cut that did not read, see `serveControl()`.
   * @default undefined
   */
  readonly onClientsCut?: (cut: CutClients) => void;
  /**
   * How often a sample is taken, in milliseconds.
   * @default 1_000
   */
  readonly sampleMs?: number;
  /**
   * For how long samples are kept in memory, in milliseconds.
   * @default 900_000
   */
  readonly historyMs?: number;
}

/** {@link DashboardOptions} checked and with every default filled in, but for what control checks. */
export interface ResolvedDashboardOptions {
  readonly port: number;
  readonly host: string;
  readonly openFigures: boolean;
  readonly sampleMs: number;
  readonly historyMs: number;
}

const DASHBOARD_DEFAULTS = Object.freeze({
  name: 'pool',
  port: 0,
  host: '127.0.0.1',
  token: undefined,
  openFigures: undefined,
  allowedHosts: Object.freeze([]),
  reloadTls: undefined,
  onClientsCut: undefined,
  sampleMs: 1_000,
  historyMs: 900_000,
} satisfies Record<keyof DashboardOptions, unknown>);

/** More samples would take the pool's memory, and a page's. */
const MAX_SAMPLES = 7_200;

/**
 * Checks the options of a dashboard; those that it has in common with control, control checks.
 *
 * @param options what the caller gave
 * @throws {TypeError | RangeError} when an option is wrong or unknown
 */
export function resolveDashboardOptions(options: DashboardOptions): ResolvedDashboardOptions {
  requireObject('Dashboard options', options, "{ port: 8090, token: 'of 16 characters or more' }");
  requireKnownOptions(options, DASHBOARD_DEFAULTS, { of: 'serveDashboard()' });
  const host = options.host ?? DASHBOARD_DEFAULTS.host;
  if (typeof host !== 'string' || host === '') {
    throw new TypeError(`Option host must be an address, got ${describeValue(host)}`);
  }
  const openFigures = requireBoolean('openFigures', options.openFigures ?? isLoopback(host));
  if (!openFigures && options.token === undefined) {
    throw new TypeError(
      `Cannot serve the dashboard on ${host} without a token: nobody could see anything; give token, ` +
        'or openFigures: true',
    );
  }
  const sampleMs = requireInteger('sampleMs', options.sampleMs ?? DASHBOARD_DEFAULTS.sampleMs, {
    min: 100,
    max: 60_000,
  });
  return {
    port: requireInteger('port', options.port ?? DASHBOARD_DEFAULTS.port, { min: 0, max: 65_535 }),
    host,
    openFigures,
    sampleMs,
    historyMs: requireInteger('historyMs', options.historyMs ?? DASHBOARD_DEFAULTS.historyMs, {
      min: sampleMs,
      max: sampleMs * MAX_SAMPLES,
    }),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
