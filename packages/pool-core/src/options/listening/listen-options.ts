import { isIP } from 'node:net';
import {
  describeValue,
  requireBoolean,
  requireInteger,
  requireKnownOptions,
  requireObject,
} from '@sockpool/option-checks';

/** Where a pool listens. Either `port` and `host`, or `path`, or `fd`. */
export interface ListenOptions {
  /**
   * TCP port; 0 picks a free one.
   * @default 0
   */
  readonly port?: number;
  /**
   * Address or name of the interface. `'0.0.0.0'` or `'::'` for all of them.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /**
   * Path of a unix-domain socket, in place of `port` and `host`. A socket's file that no program
   * has any more, since it was killed, is replaced.
   * @default none
   */
  readonly path?: string;
  /**
   * Permissions of the unix-domain socket's file, such as `0o660`: whoever may write to it may
   * connect. It has them before anybody can connect.
   * @default as the process's umask says
   */
  readonly mode?: number;
  /**
   * Descriptor of a TCP socket that is bound already, such as one that systemd passes (see
   * `@sockpool/systemd`), in place of `port` and `host`. The pool takes it over and closes it.
   * Clients that wait in its backlog are served. From here on nobody else may use the number.
   * @default none
   */
  readonly fd?: number;
  /**
   * Whether an IPv6 host serves IPv6 clients only.
   * @default false
   */
  readonly ipv6Only?: boolean;
  /**
   * Connections that may wait in the kernel; the system caps it (Linux:
   * `net.core.somaxconn`, 4,096 as a rule), so the default asks for the most.
   * @default 65_535
   */
  readonly backlog?: number;
}

/** {@link ListenOptions} checked, with defaults filled in and the host resolved to an address. */
export type ResolvedListenOptions = { readonly backlog: number } & (
  | { readonly port: number; readonly host: string; readonly ipv6Only: boolean }
  | { readonly path: string; readonly mode?: number | undefined }
  | { readonly fd: number }
);

const LISTEN_DEFAULTS = Object.freeze({
  port: 0,
  host: '127.0.0.1',
  path: undefined,
  mode: undefined,
  fd: undefined,
  ipv6Only: false,
  backlog: 65_535,
} satisfies Record<keyof ListenOptions, unknown>);

/**
 * Checks listen options, fills in defaults and resolves a host name.
 *
 * @param options what the caller gave
 * @throws {TypeError} when an option is unknown or of the wrong kind, or more than one of `fd`,
 *   `path` and `port` is given
 * @throws {RangeError} when a number is out of bounds
 * @throws {Error} the resolver's error (`ENOTFOUND`) when the host name is unknown
 */
export async function resolveListenOptions(
  options: ListenOptions = {},
): Promise<ResolvedListenOptions> {
  requireObject('Listen options', options, '{ port: 8080 }');
  requireKnownOptions(options, LISTEN_DEFAULTS, { of: 'listen()' });
  const backlog = requireInteger('backlog', options.backlog ?? LISTEN_DEFAULTS.backlog, {
    min: 1,
    max: 2 ** 31 - 1,
  });
  if (options.fd !== undefined) {
    if ([options.port, options.host, options.path, options.mode, options.ipv6Only].some(isGiven)) {
      throw new TypeError('Cannot listen on both a descriptor and an address: give fd alone');
    }
    return { fd: requireInteger('fd', options.fd, { min: 0, max: 2 ** 31 - 1 }), backlog };
  }
  if (options.path !== undefined) {
    if (options.port !== undefined || options.host !== undefined) {
      throw new TypeError('Cannot listen on both a path and a port: give path, or port and host');
    }
    if (typeof options.path !== 'string' || options.path === '') {
      throw new TypeError(`Option path must be a path, got ${describeValue(options.path)}`);
    }
    const mode =
      options.mode === undefined
        ? undefined
        : requireInteger('mode', options.mode, { min: 0, max: 0o777 });
    return { path: options.path, mode, backlog };
  }
  if (options.mode !== undefined) {
    throw new TypeError(
      'Cannot set the mode of a TCP port: a unix-domain socket has one; give path as well',
    );
  }
  const port = requireInteger('port', options.port ?? LISTEN_DEFAULTS.port, {
    min: 0,
    max: 65_535,
  });
  const ipv6Only = requireBoolean('ipv6Only', options.ipv6Only ?? LISTEN_DEFAULTS.ipv6Only);
  const host = options.host ?? LISTEN_DEFAULTS.host;
  if (typeof host !== 'string' || host === '') {
    throw new TypeError(`Option host must be an address or a name, got ${describeValue(host)}`);
  }
  const address =
    isIP(host) === 0
      ? (await process.getBuiltinModule('node:dns/promises').lookup(host)).address
      : host;
  return { port, host: address, ipv6Only, backlog };
}

function isGiven(option: unknown): boolean {
  return option !== undefined;
}
