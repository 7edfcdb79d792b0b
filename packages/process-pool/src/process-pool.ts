import { receiveMessageOnPort } from 'node:worker_threads';
import {
  requireAcceptMode,
  requireSocketTransfer,
  resolvePoolOptions,
  SharedSocketAcceptor,
  WorkerPool,
} from '@sockpool/worker-supervisor';
import { ForkedWorkerSpawner } from './forked-worker.ts';
import { RecognizableAcceptor } from './inherited-listener.ts';
import type { ProcessPoolOptions } from './process-pool-options.ts';

/**
 * Serves connections on N forked processes, each running one handler module.
 *
 * The primary holds the listening socket; the workers accept on it. A worker that
 * dies is replaced, and takes only its own connections along.
 *
 * @example
 * const pool = new ProcessPool({ handler: new URL('./handler.js', import.meta.url), workers: 3 });
 * await pool.listen({ port: 20446 });
 */
export class ProcessPool extends WorkerPool {
  /**
   * @param options the handler module, and how many workers run it
   * @throws {TypeError} when an option is of the wrong kind
   * @throws {RangeError} when a number is out of bounds
   * @throws {SocketTransferUnsupportedError} when this Node or this platform cannot do it,
   *   or `connection.highWaterMarkBytes` is given with `accept: 'primary'`
   */
  constructor(options: ProcessPoolOptions) {
    requireSocketTransfer('ProcessPool', 'update Node, or use node:cluster');
    const resolved = resolvePoolOptions(options);
    const accept = requireAcceptMode(options.accept ?? 'worker', 'ProcessPool', resolved);
    const shared =
      accept === 'worker'
        ? new SharedSocketAcceptor(resolved.connection, receiveMessageOnPort)
        : undefined;
    const own = new RecognizableAcceptor(resolved.connection, receiveMessageOnPort);
    const spawner = new ForkedWorkerSpawner(
      { env: options.env, execArgv: options.execArgv, cwd: options.cwd },
      resolved.connection,
      { shared: () => shared?.sharedSocket, inheritedInode: () => own.inode },
    );
    super(resolved, {
      spawn: (boot, events) => spawner.spawn(boot, events),
      acceptor: shared ?? own,
    });
  }
}
