import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { PoolMetrics } from '@sockpool/metrics';
import type { AcceptIdleWatch } from '../accepting/accept-idle.ts';
import type { AddressList } from '../accepting/pool-addresses.ts';
import type { PoolChannel } from '@sockpool/handler';
import { type CrashLoopError, PoolClosedError } from '../../errors/errors.ts';
import type { ListenOptions } from '../../options/listening/listen-options.ts';
import type { ListenList } from '../../options/listening/listen-list.ts';
import { type CloseOptions, resolveCloseOptions } from '../../options/close-options.ts';
import { closePool, untilNoticed } from './closing.ts';
import { type PoolHealth, poolHealth, type PoolState } from '../health/pool-health.ts';
import { openPool } from './opening.ts';
import { Reporter } from './reporter.ts';
import type { ResolvedPoolOptions } from '../../options/pool-options.ts';
import { watchForIdleness } from './idle-watch.ts';
import { snapshot } from './snapshot.ts';
import { PoolWiring } from './wiring.ts';
import type { InspectOptions } from '../../options/workers/inspect-options.ts';
import type { WorkerConnections } from '../inspection/worker-connections.ts';
import type { CloseReport, PoolEvents, PoolStats } from './pool-stats.ts';
import type {
  ChangeOptions,
  ResizeReport,
  RestartOptions,
  RestartReport,
  RetireOptions,
  RetireReport,
} from '../../options/workers/restart-options.ts';
import { PoolSignals } from '../signals/pool-signals.ts';
import type { PoolTlsOptions } from '../../options/listening/tls-options.ts';
import {
  resolveTlsReloadOptions,
  type TlsReloadOptions,
} from '../../options/listening/tls-reload-options.ts';
import type { WorkerKind } from './worker-kind.ts';

/**
 * A server whose connections are served by supervised workers. `ProcessPool` and
 * `ThreadPool` are its two kinds.
 *
 * A pool listens once and closes once. Every verb but `restart()`, `resize()` and `retire()` is idempotent.
 */
export class WorkerPool<KindOptions extends object = object, WorkerData = unknown>
  extends EventEmitter<PoolEvents>
  implements AsyncDisposable
{
  readonly #options: ResolvedPoolOptions;
  readonly #reporter: Reporter;
  readonly #parts: PoolWiring<KindOptions>;
  readonly #signals: PoolSignals;
  readonly #force = new AbortController();
  #state: PoolState = 'idle';
  #listening: Promise<AddressInfo | string | AddressList> | undefined;
  #closing: Promise<CloseReport> | undefined;
  #idleWatch: AcceptIdleWatch | undefined;

  constructor(options: ResolvedPoolOptions, kind: WorkerKind<KindOptions>) {
    super();
    this.#options = options;
    this.#reporter = new Reporter(this, options.logger);
    this.#signals = new PoolSignals(this.#reporter.logger, () => this.#listening);
    this.#parts = new PoolWiring(options, kind, this.#reporter, {
      listening: () => this.#listening,
      crashLoop: (error) => void this.#giveUp(error),
      force: this.#force.signal,
    });
  }

  /** How many workers the pool is to have; `resize()` changes it. */
  get workerCount(): number {
    return this.#parts.supervisor.slots.length;
  }

  /** Where the pool stands in its life. */
  get state(): PoolState {
    return this.#state;
  }

  /**
   * Where it listens, at the first of its addresses; undefined before `listen()` has taken it and
   * after the close.
   */
  get address(): AddressInfo | string | undefined {
    return this.addresses[0];
  }

  /** Everywhere it listens, in the order of the list that `listen()` was given. */
  get addresses(): readonly (AddressInfo | string)[] {
    return this.#state === 'closed' ? [] : this.#parts.addresses.all;
  }

  /**
   * Takes the address, or each one of a list, starts the workers, and serves. A second call returns
   * the first one's promise. If it rejects, nothing is left behind and the pool is closed.
   *
   * With several addresses each worker serves all of them, and the limits of the pool count their
   * connections together. A handler tells them apart by `context.addressIndex`.
   *
   * @param options where to listen, a free port of 127.0.0.1 by default; or a list of 1 to 64 such
   *   addresses
   * @returns the address, or for a list the addresses in its order; a unix-domain socket's is its
   *   path
   * @throws {TypeError | RangeError} when an option is wrong or unknown, or an address stands in the
   *   list twice
   * @throws {Error} the system's error when the address cannot be taken, such as `EADDRINUSE`
   * @throws {WorkerBootError} when a worker ends before it is ready
   * @throws {WorkerBootTimeoutError} when a worker is not ready in time
   * @throws {PoolClosedError} when the pool is closed
   */
  listen(options: ListenOptions & { readonly path: string }): Promise<string>;
  listen(options?: ListenOptions & { readonly path?: undefined }): Promise<AddressInfo>;
  listen(options: readonly ListenOptions[]): Promise<AddressList>;
  listen(options?: ListenOptions): Promise<AddressInfo | string>;
  listen(options?: ListenList): Promise<AddressInfo | string | AddressList>;
  listen(options?: ListenList): Promise<AddressInfo | string | AddressList> {
    if (this.#closing !== undefined) return Promise.reject(new PoolClosedError('listen'));
    this.#listening ??= this.#listen(options);
    return this.#listening;
  }

  /**
   * Closes the pool and loses nothing: from now on it is not ready, and after
   * `shutdown.readinessDelayMs` it stops accepting. Every client whose connection was there
   * before that is served, those waiting in the kernel's backlog too. What is
   * not done when the grace period ends is cut and counted. A second call returns
   * the first one's promise.
   *
   * @param options how long open connections may take
   * @returns what became of the connections
   * @throws {TypeError | RangeError} when an option is wrong or unknown
   */
  close(options: CloseOptions = {}): Promise<CloseReport> {
    if (this.#closing === undefined) {
      const { graceMs, leaveBacklog } = resolveCloseOptions(options, this.#options.shutdown);
      const { promise, resolve } = Promise.withResolvers<CloseReport>();
      // Known before the first event, whose listeners may close the pool as well.
      this.#closing = promise;
      resolve(this.#close(graceMs, leaveBacklog));
    }
    return this.#closing;
  }

  /**
   * Ends the pool at once: kills the workers and cuts every connection. Ends a
   * `close()` that is under way.
   *
   * @returns what became of the connections
   */
  destroy(): Promise<CloseReport> {
    this.#force.abort();
    return this.close({ graceMs: 0 });
  }

  /** Stops accepting; clients wait in the kernel's backlog. Open connections go on. Idempotent. */
  pause(): void {
    this.#setPaused(true);
  }

  /** Accepts again after `pause()`. Idempotent. */
  resume(): void {
    this.#setPaused(false);
  }

  /**
   * Exchanges every worker for a new one, while the pool serves: all new workers are ready
   * (and have passed `probe`) before one of them takes connections, and have taken connections
   * for `minReadyMs` before an old one leaves. Meanwhile the old ones keep their connections and
   * take no new ones. Then they finish their connections side by side, within one deadline.
   * No client is refused or cut for it, but for those that are not done by the deadline.
   *
   * New workers load the handler module anew. What the options change holds from then
   * on. Without an option it is a restart with the settings as they are.
   *
   * If the new code does not boot, fails the probe, or a new worker dies within `minReadyMs`,
   * the old workers serve on as before, the new ones finish what they have begun, and
   * the promise rejects; see `maxSurge` for what that costs.
   *
   * Restarts, resizes and `retire()` take over one after another, in the order of the
   * calls; none waits for the workers of an earlier one to finish their connections. `pause()`
   * holds through a restart; `close()` and `destroy()` end it.
   *
   * @param options what changes, and how
   * @returns when the last old worker has ended: what became of their connections
   * @throws {TypeError | RangeError} when an option is wrong
   * @throws {RestartFailedError} when a new worker does not boot, fails the probe or dies within
   *   `minReadyMs`; the cause is the error of the handler module, a `WorkerProbeError`, or a
   *   `WorkerCrashError` with the file and the line
   * @throws {PoolNotListeningError} before `listen()`
   * @throws {PoolClosedError} when the pool is closed, or closes before the new workers serve
   */
  restart(options: RestartOptions<WorkerData> & Partial<KindOptions> = {}): Promise<RestartReport> {
    return this.#parts.rollouts.restart(options);
  }

  /**
   * Changes the number of workers, while the pool serves. Additional workers take
   * connections when all of them are ready; if one does not boot, fails the probe or dies within
   * `minReadyMs`, nothing changes. When the number shrinks, the workers with the highest ids finish their connections, and
   * new clients go to the others.
   *
   * @param workers how many there are to be, 1 to 1,024
   * @param options deadlines and bounds
   * @returns when it is done and the last leaving worker has ended
   * @throws {TypeError | RangeError} when a number is wrong
   * @throws {ResizeFailedError} when a new worker does not boot, fails the probe or dies within
   *   `minReadyMs`
   * @throws {PoolNotListeningError} before `listen()`
   * @throws {PoolClosedError} when the pool is closed, or closes before the new workers serve
   */
  resize(workers: number, options: ChangeOptions = {}): Promise<ResizeReport> {
    return this.#parts.rollouts.resize(workers, options);
  }

  /**
   * Replaces one worker as in a restart, with the same settings, such as one that misbehaves:
   * its successor is ready first, and it finishes its connections.
   *
   * @param workerId its slot in the pool; whichever worker has it when its turn comes is replaced
   * @param options how
   * @returns when the worker has ended: what became of it
   * @throws {TypeError | RangeError} when an option is wrong
   * @throws {UnknownWorkerError} when the pool has no worker of that id
   * @throws {RetireFailedError} when its successor does not boot, fails the probe or dies within
   *   `minReadyMs`; the worker serves on
   * @throws {PoolNotListeningError} before `listen()`
   * @throws {PoolClosedError} when the pool is closed, or closes before the successor serves
   */
  retire(workerId: number, options: RetireOptions = {}): Promise<RetireReport> {
    return this.#parts.rollouts.retire(workerId, options);
  }

  /**
   * Exchanges what TLS is terminated with, such as a renewed certificate, without a restart: for
   * every connection accepted from then on, also by workers still to come. Open connections go
   * on as they are. Sessions of before are not resumed, unless `ticketKeys` are given and the same.
   *
   * A worker that does not answer, such as one that is stuck, has the new settings when its event
   * loop turns again, and so has the one that replaces it.
   *
   * @param tls the option `tls` from now on, whole: nothing stays of the one before
   * @param options how long to wait
   * @returns when every worker has it
   * @throws {TypeError} when the pool was made without `tls`, or an option is of the wrong kind
   * @throws {RangeError} when a number is out of bounds
   * @throws {InvalidTlsOptionsError} when OpenSSL cannot use it; then nothing changes
   * @throws {TlsReloadTimeoutError} when a worker has not answered in time
   * @throws {PoolClosedError} when the pool is closed, or destroyed before every worker has it
   * @example
   * const certificate = () => ({ key: readFileSync('key.pem'), cert: readFileSync('cert.pem') });
   * const pool = new ProcessPool({ handler, tls: certificate() });
   * process.on('SIGHUP', () => void pool.reloadTls(certificate()).catch(console.error));
   */
  async reloadTls(tls: PoolTlsOptions, options: TlsReloadOptions = {}): Promise<void> {
    const { timeoutMs } = resolveTlsReloadOptions(options);
    if (this.#closing !== undefined) throw new PoolClosedError('reload TLS');
    await this.#parts.admissionControl.reloadTls(tls, this.#parts.supervisor.workers, {
      timeoutMs,
      signal: this.#force.signal,
    });
  }

  /**
   * Tells how the pool is, at once and without asking a worker: which workers are well, busy,
   * stuck or dead, whether the program should go on to run (liveness), and whether clients
   * should be sent to it (readiness). `serveHealth()` serves it over HTTP.
   */
  health(): PoolHealth {
    const { acceptController, supervisor, stuckWatch } = this.#parts;
    const { unreadyAfterMs } = this.#options.health;
    const { paused } = acceptController;
    return poolHealth({ state: this.#state, paused, supervisor, stuckWatch, unreadyAfterMs });
  }

  /**
   * Tells what the pool has counted, at once; its sums never fall when workers go.
   */
  metrics(): PoolMetrics {
    return this.#parts.metering.snapshot(this.#parts, this.#state);
  }

  /** Takes a snapshot. Workers that do not answer in time are shown with their last report. */
  async stats(): Promise<PoolStats> {
    const counted = await snapshot(this.#parts);
    const { address, addresses } = this;
    return { state: this.#state, address, addresses, ...counted };
  }

  /**
   * Lists the open connections of every worker, and what each one does: who holds up a drain.
   * Costs nothing until it is called.
   *
   * @param options `limit`: how many of each worker at most, the longest open first; 1,000 by default
   * @returns the workers that are there, leaving ones too
   * @throws {TypeError | RangeError} when an option is wrong or unknown
   */
  async connections(options: { readonly limit?: number } = {}): Promise<WorkerConnections[]> {
    return this.#parts.inspections.connections(options);
  }

  /**
   * Takes the stack, a CPU profile or a heap snapshot of one worker while it serves. Nothing is
   * loaded before, and no port and no file is opened. The text comes part by part, no faster than
   * it is taken; leaving the loop gives it up.
   *
   * @param options what, and of which worker
   * @returns the text
   * @throws {TypeError | RangeError} when an option is wrong or unknown
   * @throws {WorkerNotRunningError} when no such worker is running
   * @throws {InspectionError} when the worker ends meanwhile, or has a profile or a snapshot taken already
   */
  inspect(options: InspectOptions): AsyncGenerator<string, void> {
    return this.#parts.inspections.inspect(options);
  }

  /**
   * Opens a channel to the workers, of the shape of `BroadcastChannel`; see `channel()` of
   * `@sockpool/handler`, by which workers open it.
   *
   * @throws {TypeError | RangeError} when the name is no string of 1 to 1,024 characters
   */
  channel(name: string): PoolChannel {
    return this.#parts.channels.channel(name);
  }

  /** Closes the pool gracefully, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #listen(options: ListenList | undefined): Promise<AddressInfo | string | AddressList> {
    this.#signals.listen(this, this.#options);
    try {
      const addresses = await this.#start(options);
      return Array.isArray(options) ? addresses : addresses[0];
    } catch (error) {
      this.#signals.passOn();
      throw error;
    }
  }

  async #start(options: ListenList | undefined): Promise<AddressList> {
    this.#state = 'starting';
    let taken: AddressList | undefined;
    try {
      taken = await openPool(this.#parts, options, () => this.#closing !== undefined);
    } catch (error) {
      await this.destroy();
      throw error;
    }
    if (this.#closing !== undefined || taken === undefined) {
      this.#parts.addresses.close();
      await this.#closing;
      throw new PoolClosedError('listen');
    }
    this.#state = 'listening';
    this.#parts.recycler.start();
    this.#parts.admissionControl.start(() => this.#parts.supervisor.workers);
    this.#parts.stuckWatch.start();
    const { acceptIdleTimeoutMs } = this.#options;
    if (acceptIdleTimeoutMs !== Infinity) {
      this.#idleWatch = watchForIdleness(this, this.#parts, acceptIdleTimeoutMs);
    }
    this.#parts.acceptController.open();
    this.#reporter.listening(taken, this.#options);
    return taken;
  }

  async #close(graceMs: number, leaveBacklog: boolean): Promise<CloseReport> {
    const wasListening = this.#state === 'listening';
    this.#state = 'closing';
    this.#parts.rollouts.stop();
    this.#parts.election.stop();
    this.#parts.recycler.stop();
    this.#parts.admissionControl.stop();
    this.#idleWatch?.stop();
    this.#reporter.tell('closing');
    const closing = { graceMs, wasListening, leaveBacklog, force: this.#force.signal };
    const noticed = untilNoticed(this.#options.shutdown.readinessDelayMs, closing);
    if (noticed !== undefined) await noticed;
    this.#parts.acceptController.close();
    this.#parts.stuckWatch.stop();
    const report = await closePool(this.#parts, closing);
    this.#signals.stop();
    this.#state = 'closed';
    this.#reporter.tell('closed', report);
    return report;
  }

  #setPaused(paused: boolean): void {
    if (this.#closing === undefined) this.#parts.acceptController.setPaused(paused);
  }

  async #giveUp(error: CrashLoopError): Promise<void> {
    await this.destroy();
    this.#reporter.crashLoop(error, this.listenerCount('error') > 0);
    this.#reporter.tell('error', error);
  }
}
