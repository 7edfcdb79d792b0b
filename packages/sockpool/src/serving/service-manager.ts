import type { NotifiablePool } from '@sockpool/systemd';
import { describeFailure } from '../cli/describe-failure.ts';
import { FailedError } from '../cli/exit-codes.ts';
import type { PoolLogger } from '../output/pool-logger.ts';

/** Says to the program of an upgrade that it goes on with sockets that systemd has passed. */
export const PASSED_SOCKETS = 'SOCKPOOL_PASSED_SOCKETS';

/**
 * Finds the sockets that systemd, or `systemd-socket-activate`, has passed to the command, or to the
 * one whose place it takes in an upgrade.
 *
 * @returns their descriptors, in the order of the unit
 * @throws {FailedError} when the variables are not systemd's
 */
export async function passedSockets(): Promise<readonly number[]> {
  if (process.env[PASSED_SOCKETS] !== undefined) {
    const { inheritedDescriptors } = await import('@sockpool/process-pool');
    return inheritedDescriptors();
  }
  // Nobody else pays for what it loads.
  if (process.env['LISTEN_FDS'] === undefined) return [];
  const { listenFds } = await import('@sockpool/systemd');
  try {
    const descriptors = listenFds().map(({ fd }) => fd);
    if (descriptors.length > 0) process.env[PASSED_SOCKETS] = String(descriptors.length);
    return descriptors;
  } catch (error) {
    throw new FailedError(`Cannot take the sockets of systemd: ${describeFailure(error)}`);
  }
}

/**
 * Tells systemd how the pool is, in units of `Type=notify`; does nothing elsewhere.
 *
 * @param pool the pool, before it listens
 * @param logger where it is told that systemd could not be
 */
export async function notifyServiceManager(
  pool: NotifiablePool,
  logger: PoolLogger,
): Promise<void> {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  const { notifyPool } = await import('@sockpool/systemd');
  notifyPool(pool, { onError: (error) => logger.warn(describeFailure(error)) });
}
