import type { EventEmitter } from 'node:events';
import {
  DIAGNOSTICS,
  type RestartDiagnostics,
  type WorkerDiagnostics,
} from '../../protocol/diagnostics.ts';
import type { PoolEvents } from './pool-stats.ts';

/** What is published of an event but the pool that it is of. */
type Unowned<Message> = Message extends unknown ? Omit<Message, 'pool'> : never;

/** The messages of each event that is published, by the arguments of its listeners. */
type Messages<Message> = {
  readonly [Event in keyof PoolEvents]?: (...values: PoolEvents[Event]) => Unowned<Message>;
};

const WORKER: Messages<WorkerDiagnostics> = {
  workerReady: (worker) => ({ event: 'ready', worker }),
  workerExit: (worker, exit, error) => ({ event: 'exit', worker, exit, error }),
  workerStuck: (stuck) => ({ event: 'stuck', ...stuck }),
  workerRecycle: (worker, reason) => ({ event: 'recycle', worker, reason }),
  workerRespawn: (workerId, delayMs, crashes) => ({ event: 'respawn', workerId, delayMs, crashes }),
};

const RESTART: Messages<RestartDiagnostics> = {
  restarting: (generation) => ({ event: 'begin', generation }),
  restarted: (report) => ({ event: 'done', generation: report.generation, report }),
  restartFailed: (error) => ({ event: 'failed', error }),
};

/**
 * Publishes an event of a pool to those that watch all pools of a program; see `DIAGNOSTICS`.
 *
 * @param pool whose event it is
 * @param event its name
 * @param values what its listeners get
 */
export function publishEvent<Event extends keyof PoolEvents>(
  pool: EventEmitter,
  event: Event,
  values: PoolEvents[Event],
): void {
  const { connection, worker, restart } = DIAGNOSTICS;
  if (worker.hasSubscribers) {
    const message = WORKER[event]?.(...values);
    if (message !== undefined) worker.publish({ pool, ...message });
  }
  if (restart.hasSubscribers) {
    const message = RESTART[event]?.(...values);
    if (message !== undefined) restart.publish({ pool, ...message });
  }
  if (event === 'connectionShed' && connection.hasSubscribers) {
    const [shed] = values as PoolEvents['connectionShed'];
    connection.publish({ event: 'shed', pool, ...shed });
  }
}
