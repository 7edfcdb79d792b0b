import type { AddressInfo } from 'node:net';
import type { AddressList } from '../accepting/pool-addresses.ts';
import type { SchedulingError } from '../../errors/errors.ts';
import type { PoolState } from '../health/pool-health.ts';
import type { WorkerStats } from '../supervision/worker-stats.ts';
import type { RecycleReason } from '../../options/workers/recycle-options.ts';
import type {
  ResizeReport,
  RestartReport,
  RetireReport,
} from '../../options/workers/restart-options.ts';
import type { ShedConnection, ShedReason } from '../../options/overload-options.ts';
import type {
  ConnectionRefusalReason,
  RefusedConnection,
} from '../../protocol/refused-connection.ts';
import type { WorkerExit } from '../../protocol/worker-handle.ts';
import type { WorkerSpawnError } from '../../errors/worker-spawn-error.ts';
import type { StopStep } from '../../options/workers/shutdown-options.ts';
import type { WorkerInfo } from '../../options/workers/worker-info.ts';
import type { WorkerCounts } from '../../protocol/worker-report.ts';

/** A snapshot of a pool. */
export interface PoolStats {
  readonly state: PoolState;
  /** Where it listens first; undefined before and after. A string is the path of a unix-domain socket. */
  readonly address: AddressInfo | string | undefined;
  /** Everywhere it listens, in the order of the list that `listen()` was given. */
  readonly addresses: readonly (AddressInfo | string)[];
  /** The workers that are there; during a restart or a resize the new and the leaving ones too. */
  readonly workers: readonly WorkerStats[];
  /** The counters of all workers so far, dead ones included. */
  readonly total: WorkerCounts;
  /** Connections accepted by the primary that wait for a free worker. */
  readonly waitingConnections: number;
  /** Connections that were rejected because the pool was full, by reason. */
  readonly shedConnections: Readonly<Record<ShedReason, number>>;
  /** Connections that `protection`, `proxyProtocol` or `tls` refused or cut, by reason. */
  readonly refusedConnections: Readonly<Record<ConnectionRefusalReason, number>>;
  /** Connections lost with a worker that died before it could accept them. */
  readonly lostConnections: number;
  /** Workers replaced after a death. */
  readonly respawns: number;
  /** Workers replaced because they had reached a limit of `recycle`. */
  readonly recycles: number;
}

/** What became of the connections that were there when a pool closed. */
export interface CloseReport {
  /** Connections open or waiting at the close that then ended by themselves. */
  readonly drainedConnections: number;
  /** Connections that were cut, because the grace period was over or a worker died. */
  readonly cutConnections: number;
  /** How long the close took after `shutdown.readinessDelayMs`, in milliseconds. */
  readonly durationMs: number;
  /** How many workers ended at which step of the shutdown. */
  readonly workers: Readonly<Record<StopStep, number>>;
}

/** A worker whose event loop does not turn. */
export interface StuckWorker {
  readonly worker: WorkerInfo;
  /** How long its event loop has not turned, in milliseconds. */
  readonly blockedMs: number;
  /**
   * What it was doing, one frame a line as in `Error.stack`; undefined with `health.stack`
   * false, and where it cannot be had, such as of a worker that hangs in native code or was
   * stopped by SIGSTOP.
   */
  readonly stack: string | undefined;
}

/** A worker that could not be made. */
export interface SpawnFailure {
  /** Its slot in the pool. */
  readonly workerId: number;
  /** Why, and what helps. */
  readonly error: WorkerSpawnError;
  /** How many times in a row it has been tried. */
  readonly attempts: number;
  /** When it is tried again, in milliseconds. */
  readonly retryDelayMs: number;
}

/** The events of a pool. A listener gets the values of the tuple. */
export interface PoolEvents {
  /** All workers are ready and clients are served, at the first address and the others. */
  listening: [address: AddressInfo | string, addresses: AddressList];
  workerReady: [worker: WorkerInfo];
  workerExit: [worker: WorkerInfo, exit: WorkerExit, error: Error | undefined];
  /** A worker's event loop does not turn (see `health.stuckTimeoutMs`); it is being killed. */
  workerStuck: [stuck: StuckWorker];
  /** A dead worker will be replaced after `delayMs`; `crashes` deaths in a row so far. */
  workerRespawn: [workerId: number, delayMs: number, crashes: number];
  /**
   * A dead worker could not be replaced because file descriptors, processes or memory ran out; it is
   * tried again for as long as it takes.
   */
  workerSpawnFailed: [failure: SpawnFailure];
  /** A worker has reached a limit of `recycle` and is about to be replaced. */
  workerRecycle: [worker: WorkerInfo, reason: RecycleReason];
  /** `retire()` has replaced a worker, which is gone. */
  workerRetired: [report: RetireReport];
  /** A handler threw or rejected; its connection was destroyed, its worker goes on. */
  handlerError: [error: Error, worker: WorkerInfo];
  /** A connection was rejected because the pool was full. */
  connectionShed: [shed: ShedConnection];
  /**
   * `protection`, `proxyProtocol` or `tls` has refused or cut connections. Told for each reason
   * and worker, of the first one at once, then at most every 250 ms.
   */
  connectionRefused: [refused: RefusedConnection, worker: WorkerInfo];
  /**
   * The primary cannot accept, such as without a free file descriptor (`DescriptorsExhaustedError`,
   * once each time they run out). It goes on by itself.
   */
  acceptError: [error: Error];
  /** The scheduling function failed; the connection went by `least-connections` instead. */
  schedulingError: [error: SchedulingError];
  /** No connection has come for `acceptIdleTimeoutMs`; the pool is about to close. */
  acceptIdle: [];
  /** A restart has begun; its workers are of that generation. */
  restarting: [generation: number];
  /** Every worker has been exchanged, and the old ones are gone. */
  restarted: [report: RestartReport];
  /** A restart has failed and is rolled back (`RestartFailedError`), or a close has ended it; the old workers serve on. */
  restartFailed: [error: Error];
  /** The number of workers has changed, and those that had to leave are gone. */
  resized: [report: ResizeReport];
  /** `ProcessPool` only: a new primary with that process id serves; this pool closes. */
  upgraded: [pid: number];
  /** `ProcessPool` only: the new primary did not serve; this pool serves on. */
  upgradeFailed: [error: Error];
  /** The pool has begun to close, and is not ready any more; see `shutdown.readinessDelayMs`. */
  closing: [];
  /** The pool has given its address up; connections that are there go on to their end. */
  acceptingStopped: [];
  closed: [report: CloseReport];
  /** The pool has given up (`CrashLoopError`) and is closed. Without a listener it is thrown. */
  error: [error: Error];
}
