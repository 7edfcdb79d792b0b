import { describeValue } from '@sockpool/option-checks';
import {
  type ListenOptions,
  type ResolvedListenOptions,
  resolveListenOptions,
} from './listen-options.ts';

/** Where a pool listens: one address, or a list of them. */
export type ListenList = ListenOptions | readonly ListenOptions[];

/** Each address takes every worker a descriptor, and a while to start. */
const MAX_ADDRESSES = 64;

/**
 * Checks where a pool is to listen, fills in defaults and resolves host names.
 *
 * @param options what the caller gave: one address, or a list of them
 * @returns the addresses, in the order of the list
 * @throws {TypeError} when an option is wrong or unknown, or one address stands in the list twice
 * @throws {RangeError} when a number is out of bounds, or the list is empty or too long
 * @throws {Error} the resolver's error (`ENOTFOUND`) when a host name is unknown
 */
export async function resolveListenList(
  options: ListenList | undefined,
): Promise<readonly [ResolvedListenOptions, ...ResolvedListenOptions[]]> {
  if (!isList(options)) return [await resolveListenOptions(options)];
  const [first, ...others] = options;
  if (first === undefined || options.length > MAX_ADDRESSES) {
    throw new RangeError(
      `The list of listen() must have 1 to ${MAX_ADDRESSES} addresses, got ${options.length}`,
    );
  }
  const resolved = await Promise.all([
    resolveListenOptions(first),
    ...others.map((each) => resolveListenOptions(requireGiven(each))),
  ]);
  const names = new Set<string>();
  for (const each of resolved) {
    const name = placeOf(each);
    if (names.has(name)) {
      throw new TypeError(`Cannot listen twice on ${name}: give each address once`);
    }
    if (!('port' in each) || each.port !== 0) names.add(name);
  }
  return resolved;
}

/**
 * Names where a pool is to listen, for messages.
 *
 * @param listen the address
 */
export function placeOf(listen: ResolvedListenOptions): string {
  if ('path' in listen) return `'${listen.path}'`;
  return 'fd' in listen ? `descriptor ${listen.fd}` : `${listen.host} port ${listen.port}`;
}

function isList(options: ListenList | undefined): options is readonly ListenOptions[] {
  return Array.isArray(options);
}

/** A hole in a list is a mistake, and not the default. */
function requireGiven(options: ListenOptions): ListenOptions {
  if (options !== undefined) return options;
  throw new TypeError(
    `Each address in the list of listen() must be an object, such as { port: 8080 }, got ${describeValue(options)}`,
  );
}
