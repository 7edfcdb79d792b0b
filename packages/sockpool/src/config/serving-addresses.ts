import type { ListenOptions } from '@sockpool/process-pool';
import { describeValue } from '@sockpool/option-checks';
import { UsageError } from '../cli/exit-codes.ts';
import type { Told } from '../cli/told.ts';
import type { SockpoolConfig } from './define-config.ts';

/** Where to serve. */
export interface ServingAddresses {
  /** As they were given; none for where the program listens. */
  readonly addresses: readonly ListenOptions[];
  /** The host for ports that come without one. */
  readonly host: string | undefined;
  /** More for every address. */
  readonly listen: ListenOptions;
}

/**
 * Says where to serve: the flags `--port` and `--path`, each as often as there are addresses, over
 * what the configuration says.
 *
 * @param told the flags
 * @param config the configuration
 * @throws {UsageError} when a port or a host is wrong, or the configuration says where in two ways
 */
export function servingAddresses({ flags, lists }: Told, config: SockpoolConfig): ServingAddresses {
  const { host: configuredHost, listen = {} } = config;
  const host = typeof flags['host'] === 'string' ? flags['host'] : configuredHost;
  const { port: ports = [], path: paths = [] } = lists;
  const flagged = [
    ...ports.map((port) => addressOf('Option --port', port, host)),
    ...paths.map((path) => ({ path })),
  ];
  if (isList(listen)) {
    if ([config.port, config.host, config.path].some((given) => given !== undefined)) {
      throw new UsageError(
        'Cannot serve on the list of the option listen and on port, host or path: write all in the list',
      );
    }
    return { addresses: flagged.length > 0 ? flagged : listen, host, listen: {} };
  }
  const configured = [
    ...[config.port ?? []].flat().map((port) => addressOf('Option port', port, host)),
    ...[config.path ?? []].flat().map((path) => ({ path })),
  ];
  return { addresses: flagged.length > 0 ? flagged : configured, host, listen };
}

/**
 * Reads a port.
 *
 * @param what how messages call it
 * @param given a number, or its digits
 * @throws {UsageError} when it is none
 */
export function portOf(what: string, given: unknown): number {
  const port = typeof given === 'string' && /^\d{1,5}$/.test(given) ? Number(given) : given;
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535)
    return port;
  throw new UsageError(`${what} must be a port from 0 to 65535, got ${describeValue(given)}`);
}

/** Of `3000`, `127.0.0.1:3000` or `[::1]:3000`. */
function addressOf(what: string, given: unknown, host: string | undefined): ListenOptions {
  const [, bracketed, plain, port] =
    /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(String(given)) ?? [];
  const own = bracketed ?? plain ?? host;
  return { port: portOf(what, port ?? given), ...(own !== undefined && { host: own }) };
}

function isList(listen: SockpoolConfig['listen']): listen is readonly ListenOptions[] {
  return Array.isArray(listen);
}
