import { receiveMessageOnPort } from 'node:worker_threads';
import {
  type Acceptor,
  type PoolOptions,
  requireAcceptMode,
  requireNoDispatch,
  requireSocketTransfer,
  resolvePoolOptions,
  type WorkerKind,
  WorkerPool,
} from '@sockpool/pool-core';
import { CopiedListenerAcceptor, MainThreadAcceptor } from './thread-acceptors.ts';
import type { ThreadPoolOptions } from './thread-pool-options.ts';
import { resolveThreadSettings, type ThreadSettings } from './thread-settings.ts';
import { canMove, ThreadWorker } from './thread-worker.ts';

/** The most slots that one worker's table has; a higher limit means this one. */
const MAX_SLOTS = 65_536;

/** What only this kind of pool can be told, for the check of the options' names. */
const OWN_OPTIONS = Object.freeze({
  accept: true,
  resourceLimits: true,
  env: true,
  execArgv: true,
  workerName: true,
} satisfies Record<Exclude<keyof ThreadPoolOptions, keyof PoolOptions>, true>);

/**
 * Serves connections on N worker threads, each running one handler module.
 *
 * The main thread accepts, and moves each socket to a worker with a free slot; no
 * byte is copied. Or, with `accept: 'worker'`, the workers accept by themselves. A worker that dies is replaced, and takes only its own connections
 * along.
 *
 * @typeParam WorkerData what the option `workerData` is
 * @example
 * const pool = new ThreadPool({ handler: new URL('./handler.js', import.meta.url), workers: 3 });
 * await pool.listen({ port: 20447 });
 */
export class ThreadPool<WorkerData = unknown> extends WorkerPool<ThreadSettings, WorkerData> {
  /**
   * @param options the handler module, and how many workers run it
   * @throws {TypeError} when an option is unknown or of the wrong kind
   * @throws {RangeError} when a number is out of bounds
   * @throws {SocketTransferUnsupportedError} when this Node cannot move sockets between
   *   threads, when `accept: 'worker'` is asked for on Windows, or
   *   `connection.highWaterMarkBytes` with `accept: 'primary'`: a moved socket loses it
   * @throws {UnsupportedOptionError} when `scheduling`, `maxConnections` or an `overload.policy`
   *   other than `'wait'` is given with `accept: 'worker'`, or an option of the queue with the
   *   policy `'wait'`
   */
  constructor(options: ThreadPoolOptions<WorkerData>) {
    requireSocketTransfer('ThreadPool', 'update Node, or use node:cluster');
    const resolved = resolvePoolOptions(options, { name: 'ThreadPool', options: OWN_OPTIONS });
    const { resourceLimits, env, execArgv, workerName } = options;
    const settings = resolveThreadSettings({ resourceLimits, env, execArgv, workerName });
    const accept = requireAcceptMode(options.accept ?? 'primary', 'ThreadPool', resolved);
    if (accept === 'worker') requireNoDispatch(options, "ThreadPool with accept 'worker'");
    if (resolved.recycle.maxRssBytes !== Infinity) {
      throw new TypeError(
        `Cannot recycle threads by recycle.maxRssBytes ${resolved.recycle.maxRssBytes}: they share ` +
          'the memory of one process; use recycle.maxHeapBytes, or @sockpool/process-pool',
      );
    }
    const maxConnectionsPerWorker = Math.min(resolved.maxConnectionsPerWorker, MAX_SLOTS);
    const { connection } = resolved;
    const copied: CopiedListenerAcceptor[] = [];
    const createAcceptor = (): Acceptor => {
      if (accept === 'primary') return new MainThreadAcceptor(connection, receiveMessageOnPort);
      const acceptor = new CopiedListenerAcceptor(connection, receiveMessageOnPort);
      copied.push(acceptor);
      return acceptor;
    };
    const spawn: WorkerKind<ThreadSettings>['spawn'] = (boot, events, settingsOfWorker) => {
      const listeners = boot.accepting ? copied.map(({ listener }) => listener) : [];
      return new ThreadWorker({ settings: settingsOfWorker, connection, listeners }, boot, events);
    };
    super(
      { ...resolved, maxConnectionsPerWorker },
      {
        kindOptions: settings,
        checkKindOptions: resolveThreadSettings,
        spawn,
        canHandOff: canMove,
        createAcceptor,
      },
    );
  }
}
