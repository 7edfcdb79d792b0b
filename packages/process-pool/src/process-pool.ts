import { closeSync } from 'node:fs';
import type { Server } from 'node:net';
import { receiveMessageOnPort } from 'node:worker_threads';
import {
  type Acceptor,
  type CloseOptions,
  type CloseReport,
  type InheritedSocket,
  InheritedSockets,
  PoolClosedError,
  PoolNotListeningError,
  type PoolOptions,
  requireAcceptMode,
  requireNoDispatch,
  requireSocketTransfer,
  resolvePoolOptions,
  SharedSocketAcceptor,
  WorkerPool,
} from '@sockpool/pool-core';
import { type ProcessSettings, resolveProcessSettings } from './process-settings.ts';
import { ProcessWorkerSpawner } from './process-worker.ts';
import { ProcessAcceptor } from './process-acceptor.ts';
import { takeInheritedSockets } from './inherited-sockets.ts';
import { type BesideOptions, type ListenerBeside, ListenersBeside } from './listeners-beside.ts';
import {
  type NewPrimary,
  startNewPrimary,
  tellPredecessor,
  UpgradeFailedError,
} from './new-primary.ts';
import {
  type ProcessPoolOptions,
  resolveUpgradeOptions,
  type UpgradeOptions,
  type UpgradeReport,
} from './process-pool-options.ts';

/** What only this kind of pool can be told, for the check of the options' names. */
const OWN_OPTIONS = Object.freeze({
  accept: true,
  firstWorker: true,
  env: true,
  execArgv: true,
  cwd: true,
} satisfies Record<Exclude<keyof ProcessPoolOptions, keyof PoolOptions>, true>);

/**
 * Serves connections on N forked processes, each running one handler module.
 *
 * The primary holds the listening socket; the workers accept on it. A worker that
 * dies is replaced, and takes only its own connections along.
 *
 * @typeParam WorkerData what the option `workerData` is
 * @example
 * const pool = new ProcessPool({ handler: new URL('./handler.js', import.meta.url), workers: 3 });
 * await pool.listen({ port: 20446 });
 */
export class ProcessPool<WorkerData = unknown> extends WorkerPool<ProcessSettings, WorkerData> {
  readonly #listeningFds: () => readonly (number | undefined)[];
  readonly #beside: ListenersBeside;
  readonly #upgrading = new AbortController();
  #upgrade: Promise<UpgradeReport> | undefined;

  /**
   * @param options the handler module, and how many workers run it
   * @throws {TypeError} when an option is unknown or of the wrong kind
   * @throws {RangeError} when a number is out of bounds
   * @throws {SocketTransferUnsupportedError} when this Node or this platform cannot do it,
   *   or `connection.highWaterMarkBytes` is given with `accept: 'primary'`
   * @throws {UnsupportedOptionError} when `scheduling`, `maxConnections` or an `overload.policy`
   *   other than `'wait'` is given without `accept: 'primary'`, or an option of the queue
   *   with the policy `'wait'`
   */
  constructor(options: ProcessPoolOptions<WorkerData>) {
    requireSocketTransfer('ProcessPool', 'update Node, or use node:cluster');
    const resolved = resolvePoolOptions(options, { name: 'ProcessPool', options: OWN_OPTIONS });
    const { env, execArgv, cwd, firstWorker } = options;
    const kindOptions = resolveProcessSettings({ env, execArgv, cwd });
    const accept = requireAcceptMode(options.accept ?? 'worker', 'ProcessPool', resolved);
    if (accept === 'worker') requireNoDispatch(options, "ProcessPool with accept 'worker'");
    const left = takeInheritedSockets();
    const inherited = new InheritedSockets(left.pool);
    const { connection } = resolved;
    const shared: SharedSocketAcceptor[] = [];
    const own: ProcessAcceptor[] = [];
    const createAcceptor = (): Acceptor => {
      if (accept === 'worker') {
        const acceptor = new SharedSocketAcceptor(connection, receiveMessageOnPort, inherited, {
          take: (listen) => firstWorker?.takeSocket(listen),
        });
        shared.push(acceptor);
        return acceptor;
      }
      const acceptor = new ProcessAcceptor(connection, receiveMessageOnPort, inherited);
      own.push(acceptor);
      return acceptor;
    };
    const spawner = new ProcessWorkerSpawner(
      connection,
      () => shared.flatMap(({ sharedSocket }) => sharedSocket ?? []),
      resolved.health.stack && resolved.health.stuckTimeoutMs !== Infinity,
      firstWorker,
    );
    super(resolved, {
      kindOptions,
      checkKindOptions: resolveProcessSettings,
      spawn: (...args) => spawner.spawn(...args),
      createAcceptor,
    });
    this.#listeningFds = () => [
      ...shared.map(({ sharedSocket }) => sharedSocket?.fd),
      ...own.map(({ fd }) => fd),
    ];
    this.#beside = new ListenersBeside(left.beside);
    this.once('listening', () => {
      if (inherited.taken === 0) return;
      // Those that this version of the program does not listen on any more: nobody would answer there.
      for (const { fd } of inherited.takeRest()) closeSync(fd);
      tellPredecessor(() => this.#beside.takeOver());
    });
    this.once('closed', () => this.#beside.close());
  }

  /**
   * Hands the listening sockets to a new primary: starts this program anew, with the same
   * Node, arguments, folder and environment, whose first `ProcessPool` takes over those that it
   * listens on by the same ports (or by port 0, in their order). When it listens, this one stops
   * accepting, leaves the clients in the backlog to it, serves its own connections to their
   * end, and is closed. So another version of Node, of the program or of its packages is
   * taken into service without a client being refused or cut. So are the sockets of servers that
   * listen by `listenBeside()`, such as those of health, metrics and control.
   *
   * If the new program ends or does not listen in time it is killed, and this pool serves
   * on as if nothing had happened. A second call while one is under way returns the
   * first one's promise.
   *
   * @param options `timeoutMs`: time for the new program to listen, 60,000 by default;
   *   `graceMs`: time for open connections to finish, in place of `shutdown.graceMs`
   * @returns when this pool is closed: the new primary's process id and the report of the close
   * @throws {TypeError | RangeError} when an option is not a duration
   * @throws {UpgradeFailedError} when the new program does not serve, and where a
   *   socket cannot be handed over: unix-domain sockets, and with `accept: 'primary'`
   *   systems other than Linux
   * @throws {PoolClosedError} when the pool is closed
   * @throws {PoolNotListeningError} before `listen()` has resolved
   */
  upgrade(options: UpgradeOptions = {}): Promise<UpgradeReport> {
    this.#upgrade ??= this.#handOver(options).finally(() => {
      this.#upgrade = undefined;
    });
    return this.#upgrade;
  }

  /**
   * Lets a server of the primary's own, such as one for administration, listen on a socket that an
   * upgrade hands over with the pool's: no client is refused meanwhile. `serveHealth()`,
   * `serveControl()` and `serveDashboard()` use it.
   *
   * In a program that an upgrade has started, the server begins to accept when the pool listens and the
   * predecessor has stopped; until then clients are the predecessor's, or wait. What it does not
   * ask for within 10 s after that is closed. In the predecessor the server closes with that, as by
   * `server.close()`. The pool's own `close()` leaves it alone.
   *
   * @param server of any kind of `net.Server`, which does not listen yet
   * @param options where, and by which name the next primary finds it
   * @returns the listener; not before the server listens, unless the socket is a predecessor's still
   * @throws {TypeError | RangeError} when an option is wrong or unknown
   * @throws {PoolClosedError} when the pool is closed
   * @throws {Error} the system's error with the address, such as `EADDRINUSE`
   * @example
   * const admin = http.createServer((request, response) => response.end('ok'));
   * await pool.listenBeside(admin, { port: 9090 });
   */
  async listenBeside(server: Server, options: BesideOptions = {}): Promise<ListenerBeside> {
    if (this.state === 'closed') throw new PoolClosedError('listen beside the pool');
    return this.#beside.listen(server, options);
  }

  override close(options: CloseOptions = {}): Promise<CloseReport> {
    const closing = super.close(options);
    this.#upgrading.abort();
    return closing;
  }

  async #handOver(options: UpgradeOptions): Promise<UpgradeReport> {
    const { timeoutMs, graceMs } = resolveUpgradeOptions(options);
    if (this.state === 'closing' || this.state === 'closed') throw new PoolClosedError('upgrade');
    if (this.state !== 'listening') throw new PoolNotListeningError('upgrade');
    try {
      const { pid, letGo } = await this.#startNewPrimary(timeoutMs);
      this.#beside.handOver();
      letGo();
      // Begun first: there are two primaries now, whatever a listener throws.
      const closed = this.close({ ...(graceMs !== undefined && { graceMs }), leaveBacklog: true });
      this.emit('upgraded', pid);
      return { pid, report: await closed };
    } catch (error) {
      if (error instanceof UpgradeFailedError) this.emit('upgradeFailed', error);
      throw error;
    }
  }

  async #startNewPrimary(timeoutMs: number): Promise<NewPrimary> {
    const descriptors = this.#listeningFds();
    const pool = this.addresses.map((address, index): InheritedSocket => {
      if (typeof address !== 'object') {
        throw new UpgradeFailedError(
          `the unix-domain socket '${address}' goes away with the program that made it; listen on a port`,
        );
      }
      const fd = descriptors[index];
      if (fd === undefined) {
        throw new UpgradeFailedError(
          "this system does not tell the listening socket's descriptor; use accept 'worker'",
        );
      }
      return { fd, address };
    });
    const { sockets: beside } = this.#beside;
    return startNewPrimary({ pool, beside }, timeoutMs, this.#upgrading.signal);
  }
}
