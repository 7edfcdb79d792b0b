import { receiveMessageOnPort } from 'node:worker_threads';
import {
  requireNoDispatch,
  requireSocketTransfer,
  requireTransferable,
  resolvePoolOptions,
  SocketTransferUnsupportedError,
  WorkerPool,
} from '@sockpool/worker-supervisor';
import { ForkedWorkerSpawner } from './forked-worker.ts';
import { RecognizableAcceptor } from './inherited-listener.ts';
import { ACCEPT_MODES, type ProcessPoolOptions } from './process-pool-options.ts';
import { SharedSocketAcceptor } from './shared-socket-acceptor.ts';

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
   * @throws {UnsupportedOptionError} when `scheduling`, `maxConnections` or an `overload.policy`
   *   other than `'wait'` is given without `accept: 'primary'`, or an option of the queue
   *   with the policy `'wait'`
   */
  constructor(options: ProcessPoolOptions) {
    requireSocketTransfer('ProcessPool', 'update Node, or use node:cluster');
    const resolved = resolvePoolOptions(options);
    const accept = options.accept ?? 'worker';
    if (!ACCEPT_MODES.includes(accept)) {
      throw new TypeError(`Option accept must be 'worker' or 'primary', got '${String(accept)}'`);
    }
    if (accept === 'primary') {
      requireTransferable(resolved.connection, "ProcessPool with accept 'primary'");
    } else {
      requireNoDispatch(options, "ProcessPool with accept 'worker'");
    }
    if (accept === 'worker' && process.platform === 'win32') {
      throw new SocketTransferUnsupportedError(
        "Cannot make a ProcessPool with accept 'worker': Windows does not let processes share a " +
          "listening socket by its descriptor; use accept 'primary'",
      );
    }
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
