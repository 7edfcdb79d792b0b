import type { Logger } from '@sockpool/handler';
import { asError } from '../../errors/error-record.ts';
import { RestartFailedError } from '../../errors/errors.ts';
import { listenToSignal } from './signal-listeners.ts';

/** What signals do to a pool. */
export interface ControllableBySignal {
  /** How many workers there are to be. */
  readonly workerCount: number;
  restart(): Promise<unknown>;
  resize(workers: number): Promise<unknown>;
  /** Missing where a kind of pool cannot. */
  upgrade?(): Promise<unknown>;
}

/**
 * Lets signals control a pool: SIGHUP restarts it, SIGTTIN adds a worker, SIGTTOU
 * removes one (never the last), SIGUSR2 upgrades to a new primary. What fails is logged.
 *
 * SIGHUPs that come while a restart waits for its turn are one with it.
 *
 * @param pool the pool
 * @param logger where failures are told
 * @returns takes the signal handlers away again
 */
export function controlBySignals(pool: ControllableBySignal, logger: Logger): () => void {
  /** The number of workers to come, while resizes are under way. */
  let wanted: number | undefined;
  let resizes = 0;
  let restarts = 0;
  const attempt = async (what: string, change: () => Promise<unknown>): Promise<void> => {
    try {
      await change();
    } catch (error) {
      // The pool has told of a restart that failed.
      if (error instanceof RestartFailedError) return;
      logger.error(`Signal ${what}: ${asError(error).message}`, { error: asError(error) });
    }
  };
  const onRestart = async (): Promise<void> => {
    // One may run already, with code that has changed since; a second one is waiting enough.
    if (restarts === 2) return;
    restarts += 1;
    await attempt('SIGHUP', () => pool.restart());
    restarts -= 1;
  };
  const onResize = async (signal: NodeJS.Signals, by: 1 | -1): Promise<void> => {
    const workers = Math.max(1, (wanted ?? pool.workerCount) + by);
    wanted = workers;
    resizes += 1;
    await attempt(signal, () => pool.resize(workers));
    resizes -= 1;
    if (resizes === 0) wanted = undefined;
  };
  const onUpgrade = async (): Promise<void> =>
    attempt('SIGUSR2', async () => {
      if (pool.upgrade === undefined) {
        throw new TypeError(
          'Cannot upgrade this kind of pool to a new primary: use ProcessPool, or restart() for new code in the workers',
        );
      }
      await pool.upgrade();
    });
  const handlers: readonly [NodeJS.Signals, () => void][] = [
    ['SIGHUP', () => void onRestart()],
    ['SIGTTIN', () => void onResize('SIGTTIN', 1)],
    ['SIGTTOU', () => void onResize('SIGTTOU', -1)],
    ['SIGUSR2', () => void onUpgrade()],
  ];
  const stops = handlers.map(([signal, handler]) => listenToSignal(signal, handler));
  return () => {
    for (const stop of stops) stop();
  };
}
