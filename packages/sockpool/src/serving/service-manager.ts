import type { NotifiablePool } from '@sockpool/systemd';
import { describeFailure } from '../cli/describe-failure.ts';
import { FailedError } from '../cli/exit-codes.ts';
import type { PoolLogger } from '../output/pool-logger.ts';

/**
 * Finds the socket that systemd, or `systemd-socket-activate`, has passed to the command.
 *
 * @returns its descriptor; undefined when none was passed
 * @throws {FailedError} when there are several, or the variables are not systemd's
 */
export async function passedSocket(): Promise<number | undefined> {
  // Nobody else pays for what it loads.
  if (process.env['LISTEN_FDS'] === undefined) return undefined;
  const { listenFds } = await import('@sockpool/systemd');
  try {
    const passed = listenFds();
    if (passed.length > 1) {
      const names = passed.map(({ fd, name }) => `${name} (${fd})`).join(' and ');
      throw new Error(`it passes ${names}, and a pool has one address; give each its own service`);
    }
    return passed[0]?.fd;
  } catch (error) {
    throw new FailedError(`Cannot take the socket of systemd: ${describeFailure(error)}`);
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
