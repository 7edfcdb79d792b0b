import type { WorkerContext } from './connection-handler.ts';

/**
 * What a worker does at its start or its end: the exports `onWorkerStart` and `onWorkerStop` of a
 * handler module, and what `currentWorker().onStart()` and `onStop()` are given.
 *
 * `onWorkerStart` is called when the module has loaded, and waited for before the worker takes
 * connections, within `bootTimeoutMs`; what it throws fails the start. `onWorkerStop` is called after the
 * last connection and the work that outlives it, and waited for within the grace period; what it
 * throws is logged. When the grace period ends before that, it is called then, and has a second. It
 * is not called in a worker that is killed, or dies.
 */
export type WorkerHook<WorkerData = unknown> = (
  worker: WorkerContext<WorkerData>,
) => void | Promise<void>;
