import { SocketTransferUnsupportedError } from '../errors/errors.ts';
import { describeValue } from '@sockpool/option-checks';
import type { ResolvedPoolOptions } from './pool-options.ts';
import { requireTransferable } from './listening/socket-transfer.ts';

/** Who accepts a pool's connections: its workers by themselves, or the primary for them. */
export type AcceptMode = 'worker' | 'primary';

/**
 * Checks who is to accept, and that it can be done with the pool's other options here.
 *
 * @param accept the `accept` option, with its default filled in
 * @param pool the name of the class, for messages
 * @param options the pool's other options
 * @throws {TypeError} when it is neither `'worker'` nor `'primary'`
 * @throws {SocketTransferUnsupportedError} when workers cannot accept on this platform, or
 *   when connections that are handed over would lose what `options` ask for
 */
export function requireAcceptMode(
  accept: unknown,
  pool: string,
  options: ResolvedPoolOptions,
): AcceptMode {
  if (accept !== 'worker' && accept !== 'primary') {
    throw new TypeError(
      `Option accept must be 'worker' or 'primary', got ${describeValue(accept)}`,
    );
  }
  if (accept === 'primary') {
    requireTransferable(options.connection, `${pool} with accept 'primary'`);
  } else if (process.platform === 'win32') {
    throw new SocketTransferUnsupportedError(
      `Cannot make a ${pool} with accept 'worker': Windows does not let workers share a ` +
        "listening socket by its descriptor; use accept 'primary'",
    );
  }
  return accept;
}
