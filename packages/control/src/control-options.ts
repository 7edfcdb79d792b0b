import { join } from 'node:path';
import {
  describeValue,
  requireFunction,
  requireInteger,
  requireKnownOptions,
  requireObject,
  requireStrings,
} from '@sockpool/option-checks';
import type { MakeControlPage } from './control-page.ts';
import type { CutClients } from './cut-clients.ts';
import { controlDirectory } from './control-socket.ts';

/** Where a pool is controlled, and by whom. */
export interface ControlOptions {
  /**
   * What the pool is called, for `sockpool ps` and the socket's default path; letters, digits,
   * `.`, `_` and `-`, 40 at most.
   * @default 'pool'
   */
  readonly name?: string;
  /**
   * Path of the unix-domain socket, which has mode 0600. Its folder is made if it is not there.
   * @default '<controlDirectory()>/<name>-<process id>.sock'
   */
  readonly path?: string;
  /**
   * TCP port in place of a socket; 0 takes any free one. It needs a `token`, or a `page`.
   * @default undefined
   */
  readonly port?: number;
  /**
   * Address for `port`.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /**
   * What clients must send as `Authorization: Bearer …`; 16 characters at least. Needed with
   * `port`, possible with `path`.
   * @default undefined
   */
  readonly token?: string;
  /**
   * Names besides the address itself, `localhost`, `127.0.0.1` and `[::1]` that the header `Host`
   * may have, without port. Others are refused, so that no web page reaches the API by a name that
   * it made resolve to this machine.
   * @default []
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Does what `reload-tls` asks for, such as `() => pool.reloadTls(certificate())`. Keys never
   * cross the API; without this function the verb is refused.
   * @default undefined
   */
  readonly reloadTls?: () => Promise<void>;
  /**
   * Called when clients were cut because they did not read the event stream, or the page's, such as to
   * log it: at once for the first, then at most every 10 s with the number of those that followed.
   * @default undefined
   */
  readonly onClientsCut?: (cut: CutClients) => void;
  /**
   * Makes a web page that is served beside the API, such as that of `@sockpool/dashboard`. The page
   * may use the API from its own origin; what changes the pool and what shows a worker's memory
   * needs the token, and cannot be had without one.
   * @default undefined
   */
  readonly page?: MakeControlPage;
  /**
   * The longest body of a request, in bytes.
   * @default 65_536
   */
  readonly maxBodyBytes?: number;
  /**
   * Clients at a time. One more costs the one that has been idle for the longest its connection;
   * when none is idle, the new one is refused.
   * @default 64
   */
  readonly maxClients?: number;
  /**
   * How long a client may take to send a request, and to read on when it has stopped reading an
   * answer, in milliseconds; then it loses its connection.
   * @default 10_000
   */
  readonly clientTimeoutMs?: number;
  /**
   * How much a client of the event stream may leave unread, in bytes; then it loses its connection.
   * @default 1_048_576
   */
  readonly maxUnreadBytes?: number;
}

/** {@link ControlOptions} checked and with every default filled in. */
export type ResolvedControlOptions = Required<
  Omit<ControlOptions, 'port' | 'path' | 'token' | 'reloadTls' | 'onClientsCut' | 'page'>
> & {
  readonly token: string | undefined;
  readonly reloadTls: (() => Promise<void>) | undefined;
  readonly onClientsCut: ((cut: CutClients) => void) | undefined;
  readonly page: MakeControlPage | undefined;
  readonly place: { readonly path: string; readonly own: boolean } | { readonly port: number };
};

const CONTROL_DEFAULTS = Object.freeze({
  name: 'pool',
  path: undefined,
  port: undefined,
  host: '127.0.0.1',
  token: undefined,
  allowedHosts: Object.freeze([]),
  reloadTls: undefined,
  onClientsCut: undefined,
  page: undefined,
  maxBodyBytes: 65_536,
  maxClients: 64,
  clientTimeoutMs: 10_000,
  maxUnreadBytes: 1_048_576,
} satisfies Record<keyof ControlOptions, unknown>);

/**
 * Checks where and for whom to serve.
 *
 * @param options what the caller gave
 * @throws {TypeError | RangeError} when an option is wrong or unknown
 */
export function resolveControlOptions(options: ControlOptions): ResolvedControlOptions {
  requireObject('Control options', options, "{ name: 'shop' }");
  requireKnownOptions(options, CONTROL_DEFAULTS, { of: 'serveControl()' });
  const { path, port, token, reloadTls, onClientsCut, page } = options;
  const name = options.name ?? CONTROL_DEFAULTS.name;
  const host = options.host ?? CONTROL_DEFAULTS.host;
  requireText(
    /^(?!\.+$)[\w.-]{1,40}$/,
    { name },
    '1 to 40 letters, digits, dots, underscores and dashes',
  );
  requireText(/./, { host }, 'an address');
  if (path !== undefined) requireText(/./, { path }, 'a path');
  if (token !== undefined) requireToken(token);
  if (reloadTls !== undefined) requireFunction('reloadTls', reloadTls);
  if (onClientsCut !== undefined) requireFunction('onClientsCut', onClientsCut);
  if (page !== undefined) requireFunction('page', page);
  if (port !== undefined) {
    requireInteger('port', port, { min: 0, max: 65_535 });
    if (path !== undefined) throw new TypeError('Cannot serve control on path and port: give one');
    if (token === undefined && page === undefined) {
      throw new TypeError(
        `Cannot serve control on port ${port} without a token: everybody on this machine could ` +
          'stop the pool; give token, or path in place of port',
      );
    }
  }
  const own = join(controlDirectory(), `${name}-${process.pid}.sock`);
  return {
    name,
    host,
    token,
    allowedHosts: requireStrings('allowedHosts', options.allowedHosts ?? []),
    reloadTls,
    onClientsCut,
    page,
    maxBodyBytes: bounded(options, 'maxBodyBytes', { min: 0, max: 2 ** 24 }),
    maxClients: bounded(options, 'maxClients', { min: 1, max: 10_000 }),
    clientTimeoutMs: bounded(options, 'clientTimeoutMs', { min: 1, max: 2 ** 31 - 1 }),
    maxUnreadBytes: bounded(options, 'maxUnreadBytes', { min: 1, max: 2 ** 30 }),
    place: port === undefined ? { path: path ?? own, own: path === undefined } : { port },
  };
}

function bounded(
  options: ControlOptions,
  name: 'maxBodyBytes' | 'maxClients' | 'clientTimeoutMs' | 'maxUnreadBytes',
  bounds: { readonly min: number; readonly max: number },
): number {
  return requireInteger(name, options[name] ?? CONTROL_DEFAULTS[name], bounds);
}

/** Checks the one option that is given. */
function requireText(
  pattern: RegExp,
  option: Readonly<Record<string, unknown>>,
  wanted: string,
): void {
  for (const [name, value] of Object.entries(option)) {
    if (typeof value === 'string' && pattern.test(value)) continue;
    throw new TypeError(`Option ${name} must be ${wanted}, got ${describeValue(value)}`);
  }
}

/** The message never shows it. */
function requireToken(token: unknown): void {
  if (typeof token === 'string' && /^[\x21-\x7e]{16,}$/.test(token)) return;
  throw new TypeError(
    'Option token must be 16 visible ASCII characters or more, such as crypto.randomUUID()',
  );
}
