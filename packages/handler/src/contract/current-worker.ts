import type { AddressInfo } from 'node:net';
import type { WorkerLogger } from './connection-handler.ts';
import type { Departure } from './departure.ts';
import type { WorkerHook } from './worker-hook.ts';

/**
 * The worker that a program runs in.
 *
 * @typeParam WorkerData what the pool's option `workerData` is
 */
export interface CurrentWorker<WorkerData = unknown> {
  /** The worker's slot in the pool, from 0. A replacement has the slot of its predecessor. */
  readonly id: number;
  /** How many restarts the pool had when the worker was started. */
  readonly generation: number;
  /** Where the pool listens, in the order of `context.addressIndex`; paths for unix-domain sockets. */
  readonly addresses: readonly (AddressInfo | string)[];
  /** Fires when the worker starts to go away. */
  readonly signal: AbortSignal;
  /** Sends log entries to the pool's `logger`. */
  readonly logger: WorkerLogger;
  /** The pool's `workerData` option, cloned into the worker. */
  readonly workerData: WorkerData;
  /** How the worker leaves; undefined until {@link signal} fires. */
  readonly departure: Departure | undefined;
  /**
   * Makes the worker wait, when it leaves, for that work, within the grace period.
   *
   * @throws {TypeError} when `work` is no promise
   */
  waitUntil(work: PromiseLike<unknown>): void;
  /**
   * Has the worker do something before it takes connections, as the export `onWorkerStart` of a handler
   * module does: it is waited for within `bootTimeoutMs`.
   *
   * @throws {TypeError} when the worker has started, or `hook` is no function
   */
  onStart(hook: WorkerHook<WorkerData>): void;
  /**
   * Has the worker do something after its last connection, as the export `onWorkerStop` does: it is
   * waited for within the grace period. What was added last is done first.
   *
   * @throws {TypeError} when `hook` is no function
   */
  onStop(hook: WorkerHook<WorkerData>): void;
}

/** Shared by all copies of this package that a program may have installed. */
const KEY = Symbol.for('@sockpool/handler/current-worker');

/**
 * Tells which worker of a pool this program runs in, at any time: also while its modules load.
 *
 * @returns undefined outside of a pool
 */
export function currentWorker<WorkerData = unknown>(): CurrentWorker<WorkerData> | undefined {
  return Reflect.get(globalThis, KEY) as CurrentWorker<WorkerData> | undefined;
}

/**
 * Says which worker this is, for code that starts workers: before the handler module is loaded.
 *
 * @param worker the worker
 */
export function setCurrentWorker(worker: CurrentWorker): void {
  Object.defineProperty(globalThis, KEY, { value: Object.freeze(worker), configurable: true });
}
