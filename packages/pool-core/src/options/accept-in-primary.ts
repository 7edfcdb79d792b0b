import { UnsupportedOptionError } from '../errors/errors.ts';
import type { PoolOptions } from './pool-options.ts';

/**
 * Makes sure that nothing is asked of a pool whose workers accept by themselves that only
 * a primary which accepts can do.
 *
 * @param options what the caller gave, already checked
 * @param pool the name of the class, for the message
 * @throws {UnsupportedOptionError} when `scheduling`, a finite `maxConnections`, or an
 *   `overload.policy` other than `'wait'` is given
 */
export function requireNoDispatch(options: PoolOptions, pool: string): void {
  const { scheduling, maxConnections, overload } = options;
  const refuse = (asked: string, why: string): never => {
    throw new UnsupportedOptionError(
      `Cannot make a ${pool} with ${asked}: workers that accept by themselves ${why}`,
    );
  };
  if ((scheduling ?? undefined) !== undefined) {
    const asked = typeof scheduling === 'function' ? 'a function' : `'${scheduling}'`;
    refuse(
      `scheduling ${asked}`,
      "compete for connections, so that it would have no effect; use accept: 'primary'",
    );
  }
  if ((maxConnections ?? Infinity) !== Infinity) {
    refuse(
      `maxConnections ${maxConnections}`,
      "do not know of each other's connections; use accept: 'primary', or maxConnectionsPerWorker",
    );
  }
  if ((overload?.policy ?? 'wait') !== 'wait') {
    refuse(
      `overload.policy '${overload?.policy}'`,
      "cannot tell whether another one has free capacity; use accept: 'primary'",
    );
  }
}
