import { UnsupportedOptionError } from './errors.ts';
import type { PoolOptions } from './pool-options.ts';

/**
 * Makes sure that nothing is asked of a pool whose workers accept by themselves that only
 * a primary which accepts can do.
 *
 * @param options what the caller gave
 * @param pool the name of the class, for the message
 * @throws {UnsupportedOptionError} when `scheduling` is given
 */
export function requireNoDispatch(options: PoolOptions, pool: string): void {
  if ((options.scheduling ?? undefined) !== undefined) {
    const asked =
      typeof options.scheduling === 'function' ? 'a function' : `'${options.scheduling}'`;
    throw new UnsupportedOptionError(
      `Cannot make a ${pool} with scheduling ${asked}: workers that accept by themselves ` +
        "compete for connections, so that it would have no effect; use accept: 'primary'",
    );
  }
}
