import type { AddressInfo } from 'node:net';
import type { Logger } from './connection-handler.ts';

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
  /** Where the pool listens; paths for unix-domain sockets. */
  readonly addresses: readonly (AddressInfo | string)[];
  /** Fires when the worker starts to go away. */
  readonly signal: AbortSignal;
  /** Sends log entries to the pool's `logger`. */
  readonly logger: Logger;
  /** The pool's `workerData` option, cloned into the worker. */
  readonly workerData: WorkerData;
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
 * Says which worker this is, for whoever makes workers: before the handler module is loaded.
 *
 * @param worker the worker
 */
export function setCurrentWorker(worker: CurrentWorker): void {
  Object.defineProperty(globalThis, KEY, { value: Object.freeze(worker), configurable: true });
}
