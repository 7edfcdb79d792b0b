import { requireKnownOptions, requireMethods } from '@sockpool/option-checks';
import {
  SD_NOTIFY_OPTIONS,
  sdNotify,
  type SdNotification,
  type SdNotifyOptions,
} from './sd-notify.ts';
import { watchdogMs } from './watchdog.ts';

/** What is asked of a pool: a `ProcessPool` and a `ThreadPool` have it. */
export interface NotifiablePool {
  readonly state: string;
  readonly workerCount: number;
  /** Whether there is a point in letting the program run. */
  health(): { readonly liveness: { readonly ok: boolean } };
  on(event: 'restarting', listener: (generation: number) => void): unknown;
  on(event: 'upgraded', listener: (pid: number) => void): unknown;
  on(
    event: 'listening' | 'restarted' | 'restartFailed' | 'resized' | 'closing' | 'closed',
    listener: () => void,
  ): unknown;
}

/** How a pool is told of. */
export interface NotifyPoolOptions extends SdNotifyOptions {
  /**
   * Called when the service manager could not be told; the pool goes on.
   * @default process.emitWarning
   */
  readonly onError?: (error: Error) => void;
}

/** Every option, for the check of their names. */
const KNOWN = Object.freeze({
  ...SD_NOTIFY_OPTIONS,
  onError: true,
} satisfies Record<keyof NotifyPoolOptions, true>);

/** What has the methods, for messages. */
const POOLS = 'a ProcessPool or a ThreadPool';

/** The longest time that a Node timer can wait, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Tells systemd how a pool is, for units of `Type=notify` or `Type=notify-reload`: ready when it
 * listens, reloading during a restart, stopping from the call of `close()` on, the process id of
 * the new primary of an upgrade, a status line, and every half of `WatchdogSec=` that it is
 * alive, as long as its primary's event loop turns and its `health()` is live.
 *
 * Does nothing where no service manager asked for it. Keeps the program running only while a
 * message is on its way.
 *
 * @param pool the pool, best before it listens
 * @param options where to, and what to do when that fails
 * @throws {TypeError} when an option is unknown, or `pool` is no pool
 * @returns resolves when everything that was to be told so far has been told
 */
export function notifyPool(
  pool: NotifiablePool,
  options: NotifyPoolOptions = {},
): () => Promise<void> {
  requireKnownOptions(options, KNOWN, { of: 'notifyPool()' });
  requireMethods('The pool of notifyPool()', pool, ['on', 'health'], POOLS);
  const { onError = (error: Error) => process.emitWarning(error), ...how } = options;
  const { environment = process.env } = how;
  let told = Promise.resolve();
  let pending = 0;
  // One after another: a READY that overtakes a RELOADING would be wrong.
  const tell = (notification: SdNotification): void => {
    pending += 1;
    told = told.then(async () => {
      await sdNotify(notification, how).catch(onError);
      pending -= 1;
    });
  };
  if ((environment['NOTIFY_SOCKET'] ?? '') === '') return () => told;
  const status = (): string =>
    `Serving with ${pool.workerCount} worker${pool.workerCount === 1 ? '' : 's'}`;
  let successor: number | undefined;
  let watchdog: NodeJS.Timeout | undefined;
  const start = (): void => {
    // After an upgrade, or under a wrapper, it is another process than the one that was started.
    tell({ READY: 1, STATUS: status(), MAINPID: process.pid });
    const intervalMs = watchdogMs(environment);
    if (intervalMs === undefined) return;
    // For the primary that comes after this one, see `watchdogMs()`.
    environment['WATCHDOG_PID'] = String(process.pid);
    watchdog = setInterval(
      () => {
        if (pending === 0 && pool.health().liveness.ok) tell({ WATCHDOG: 1 });
      },
      Math.min(Math.max(1, intervalMs / 2), MAX_TIMER_MS),
    ).unref();
  };
  const stopWatchdog = (): void => clearInterval(watchdog);
  pool.on('listening', start);
  pool.on('restarting', (generation) =>
    tell({
      RELOADING: 1,
      // Of the monotonic clock, by which systemd knows which reload this answers.
      MONOTONIC_USEC: process.hrtime.bigint() / 1_000n,
      STATUS: `Restarting the workers, generation ${generation}`,
    }),
  );
  const onRestarted = (): void => {
    if (pool.state === 'listening') tell({ READY: 1, STATUS: status() });
  };
  pool.on('restarted', onRestarted);
  pool.on('restartFailed', onRestarted);
  pool.on('resized', () => {
    if (pool.state === 'listening') tell({ STATUS: status() });
  });
  pool.on('upgraded', (pid) => {
    successor = pid;
    stopWatchdog();
    tell({ MAINPID: pid });
  });
  pool.on('closing', () => {
    // An upgrade is told of in the same turn: then the service goes on, and only this process ends.
    queueMicrotask(() => {
      if (successor === undefined) tell({ STOPPING: 1, STATUS: 'Finishing open connections' });
    });
  });
  pool.on('closed', stopWatchdog);
  if (pool.state === 'listening') start();
  return () => told;
}
