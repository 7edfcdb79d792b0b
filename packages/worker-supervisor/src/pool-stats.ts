import type { AddressInfo } from 'node:net';
import type { SchedulingError } from './errors.ts';
import type { StopStep } from './escalation.ts';
import type { ShedConnection, ShedReason } from './overload-options.ts';
import type { WorkerExit } from './worker-handle.ts';
import type { WorkerCounts, WorkerReport } from './worker-report.ts';
import type { WorkerState } from './worker-state.ts';

/** Where a pool stands in its life. */
export type PoolState = 'idle' | 'starting' | 'listening' | 'closing' | 'closed';

/** A worker, as events and stats name it. */
export interface WorkerInfo {
  /** Its place in the pool, from 0. */
  readonly workerId: number;
  /** Process id or thread id. */
  readonly nativeId: number;
  readonly state: WorkerState;
}

/** A worker and what it last reported. */
export interface WorkerStats extends WorkerInfo {
  /** Milliseconds since it was spawned. */
  readonly uptimeMs: number;
  /**
   * Milliseconds since its event loop last showed that it turns, where primary and
   * worker share memory; undefined for processes.
   */
  readonly heartbeatAgeMs: number | undefined;
  /** Its report; undefined while it starts, and the last known one if it did not answer. */
  readonly report: WorkerReport | undefined;
}

/** A snapshot of a pool. */
export interface PoolStats {
  readonly state: PoolState;
  /** Where it listens; undefined before and after. A string is the path of a unix-domain socket. */
  readonly address: AddressInfo | string | undefined;
  /** The workers that are there. */
  readonly workers: readonly WorkerStats[];
  /** The counters of all workers so far, dead ones included. */
  readonly total: WorkerCounts;
  /** Connections accepted by the primary that wait for a free worker. */
  readonly waitingConnections: number;
  /** Connections that were turned away for want of a place, by reason. */
  readonly shedConnections: Readonly<Record<ShedReason, number>>;
  /** Connections lost with a worker that died before it could accept them. */
  readonly lostConnections: number;
  /** Workers replaced after a death. */
  readonly respawns: number;
}

/** What became of the connections that were there when a pool closed. */
export interface CloseReport {
  /** Connections open or waiting at the close that then ended by themselves. */
  readonly drainedConnections: number;
  /** Connections that were cut, because the grace period was over or a worker died. */
  readonly cutConnections: number;
  /** How long the close took, in milliseconds. */
  readonly durationMs: number;
  /** How many workers ended at which step of the shutdown. */
  readonly workers: Readonly<Record<StopStep, number>>;
}

/** The events of a pool. A listener gets the values of the tuple. */
export interface PoolEvents {
  /** All workers are ready and clients are served. */
  listening: [address: AddressInfo | string];
  workerReady: [worker: WorkerInfo];
  workerExit: [worker: WorkerInfo, exit: WorkerExit, error: Error | undefined];
  /** A dead worker will be replaced after `delayMs`; `crashes` deaths in a row so far. */
  workerRespawn: [workerId: number, delayMs: number, crashes: number];
  /** A handler threw or rejected; its connection was destroyed, its worker goes on. */
  handlerError: [error: Error, worker: WorkerInfo];
  /** A connection was turned away for want of a place. */
  connectionShed: [shed: ShedConnection];
  /**
   * The primary cannot accept, such as for want of file descriptors (`DescriptorsExhaustedError`,
   * once each time they run out). It goes on by itself.
   */
  acceptError: [error: Error];
  /** The scheduling function failed; the connection went by `least-connections` instead. */
  schedulingError: [error: SchedulingError];
  /** No connection has come for `acceptIdleTimeoutMs`; the pool is about to close. */
  acceptIdle: [];
  /** The pool has begun to close. */
  closing: [];
  closed: [report: CloseReport];
  /** The pool has given up (`CrashLoopError`) and is closed. Without a listener it is thrown. */
  error: [error: Error];
}
