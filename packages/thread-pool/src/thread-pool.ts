import { receiveMessageOnPort } from 'node:worker_threads';
import {
  PrimaryAcceptor,
  requireSocketTransfer,
  requireTransferable,
  type ResolvedListenOptions,
  resolvePoolOptions,
  SocketTransferUnsupportedError,
  WorkerPool,
} from '@sockpool/worker-supervisor';
import type { ThreadPoolOptions } from './thread-pool-options.ts';
import { WorkerThread } from './worker-thread.ts';

/** The most slots that one worker's table has; a higher limit means this one. */
const MAX_SLOTS = 65_536;

/**
 * Serves connections on N worker threads, each running one handler module.
 *
 * The main thread accepts, and moves each socket to a worker with a free slot; no
 * byte is copied. A worker that dies is replaced, and takes only its own connections
 * along.
 *
 * @example
 * const pool = new ThreadPool({ handler: new URL('./handler.js', import.meta.url), workers: 3 });
 * await pool.listen({ port: 20447 });
 */
export class ThreadPool extends WorkerPool {
  /**
   * @param options the handler module, and how many workers run it
   * @throws {TypeError} when an option is of the wrong kind
   * @throws {RangeError} when a number is out of bounds
   * @throws {SocketTransferUnsupportedError} when this Node cannot move sockets between
   *   threads, or `connection.highWaterMarkBytes` is given, which a moved socket loses
   * @throws {UnsupportedOptionError} when an option of the queue is given with the
   *   `overload.policy` `'wait'`
   */
  constructor(options: ThreadPoolOptions) {
    requireSocketTransfer('ThreadPool', 'update Node, or use node:cluster');
    const resolved = resolvePoolOptions(options);
    requireTransferable(resolved.connection, 'ThreadPool');
    const { resourceLimits, env, execArgv, workerName } = options;
    const maxConnectionsPerWorker = Math.min(resolved.maxConnectionsPerWorker, MAX_SLOTS);
    super(
      { ...resolved, maxConnectionsPerWorker },
      {
        spawn: (boot, events) =>
          new WorkerThread(
            {
              ...(resourceLimits && { resourceLimits }),
              ...(env !== undefined && { env }),
              ...(execArgv && { execArgv }),
              ...(workerName && { workerName }),
            },
            boot,
            events,
          ),
        acceptor: new TcpAcceptor(resolved.connection, receiveMessageOnPort),
      },
    );
  }
}

/** Refuses what cannot be moved to a thread. */
class TcpAcceptor extends PrimaryAcceptor {
  override async open(
    listen: ResolvedListenOptions,
    events: Parameters<PrimaryAcceptor['open']>[1],
  ): ReturnType<PrimaryAcceptor['open']> {
    if ('path' in listen) {
      throw new SocketTransferUnsupportedError(
        `Cannot serve the unix-domain socket '${listen.path}' on threads: Node moves only TCP ` +
          'sockets between threads; listen on a port, or use @sockpool/process-pool',
      );
    }
    return super.open(listen, events);
  }
}
