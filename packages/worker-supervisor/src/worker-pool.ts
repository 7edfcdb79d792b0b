import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AcceptIdleWatch } from './accept-idle.ts';
import type { Acceptor } from './acceptor.ts';
import { ConnectionShedder } from './connection-shedder.ts';
import { controlBySignals } from './control-signals.ts';
import { Dispatcher } from './dispatcher.ts';
import {
  fromErrorRecord,
  PoolClosedError,
  type SchedulingError,
  WorkerStuckError,
} from './errors.ts';
import { Gatekeeper } from './gatekeeper.ts';
import { resolveListenOptions, type ListenOptions } from './listen-options.ts';
import type { ManagedWorker } from './managed-worker.ts';
import type { WorkerMessage } from './messages.ts';
import { requireDurationMs } from './option-validation.ts';
import type { ShedConnection } from './overload-options.ts';
import type { Generation } from './place.ts';
import { PoolChanges } from './pool-changes.ts';
import { closePool } from './pool-closing.ts';
import type { ResolvedPoolOptions } from './pool-options.ts';
import type { CloseOptions, CloseReport, PoolEvents, PoolState, PoolStats } from './pool-stats.ts';
import { PoolTally } from './pool-tally.ts';
import { Recycler } from './recycler.ts';
import type {
  ChangeOptions,
  ResizeReport,
  RestartOptions,
  RestartReport,
  WorkerRecipe,
} from './restart-options.ts';
import { createScheduler, needsLoadSamples } from './scheduling.ts';
import { closeOnSignals } from './signal-closing.ts';
import { StuckWatch } from './stuck-watch.ts';
import { Supervisor } from './supervisor.ts';
import { ThrottledLog } from './throttled-log.ts';
import type { WorkerPoolMachinery } from './worker-pool-machinery.ts';
import { workerInfo, workerStats } from './worker-stats.ts';

/** Connections that are turned away and may be on their way out at the same time. */
const MAX_LINGERING = 1_024;

/**
 * A server whose connections are served by supervised workers. `ProcessPool` and
 * `ThreadPool` are its two kinds.
 *
 * A pool listens once and closes once. Every verb but `restart()` and `resize()` is idempotent.
 */
export class WorkerPool<Launch extends object = object>
  extends EventEmitter<PoolEvents>
  implements AsyncDisposable
{
  readonly #options: ResolvedPoolOptions;
  readonly #machinery: WorkerPoolMachinery<Launch>;
  readonly #acceptor: Acceptor;
  readonly #changes: PoolChanges<Launch>;
  readonly #supervisor: Supervisor;
  readonly #dispatcher: Dispatcher;
  readonly #recycler: Recycler<ManagedWorker>;
  readonly #tally = new PoolTally();
  readonly #stuckWatch: StuckWatch<ManagedWorker>;
  readonly #shedder: ConnectionShedder;
  readonly #gatekeeper: Gatekeeper;
  readonly #force = new AbortController();
  readonly #schedulingLog: ThrottledLog;
  readonly #shedLog: ThrottledLog;
  readonly #acceptLog: ThrottledLog;
  #state: PoolState = 'idle';
  #address: AddressInfo | string | undefined;
  #listening: Promise<AddressInfo | string> | undefined;
  #closing: Promise<CloseReport> | undefined;
  #stopSignals: (() => void)[] = [];
  #idleWatch: AcceptIdleWatch | undefined;
  #backlog = 0;
  #paused = false;

  constructor(options: ResolvedPoolOptions, machinery: WorkerPoolMachinery<Launch>) {
    super();
    this.#options = options;
    this.#machinery = machinery;
    this.#schedulingLog = new ThrottledLog(options.logger);
    this.#shedLog = new ThrottledLog(options.logger);
    this.#acceptLog = new ThrottledLog(options.logger);
    this.#acceptor = machinery.acceptor;
    const recipe = {
      handlerUrl: options.handlerUrl,
      workerData: options.workerData,
      launch: machinery.launch,
    };
    const generation = this.#generation(0, recipe);
    this.#supervisor = new Supervisor(
      {
        workers: options.workers,
        bootTimeoutMs: options.bootTimeoutMs,
        respawn: options.respawn,
        generation,
      },
      {
        message: (worker, message) => this.#onMessage(worker, message),
        state: (worker) => this.#onState(worker),
        respawn: (...args) => this.#tell('workerRespawn', ...args),
        crashLoop: (error) => {
          options.logger.error(error.message);
          void this.destroy().then(() => this.#tell('error', error));
        },
      },
    );
    this.#stuckWatch = new StuckWatch(
      options.health.stuckTimeoutMs,
      () => this.#supervisor.workers,
      (worker, blockedMs) => this.#onStuck(worker, blockedMs),
    );
    this.#gatekeeper = new Gatekeeper(options.gate, options.logger, {
      refused: (refused, worker) => this.#tell('connectionRefused', refused, workerInfo(worker)),
    });
    this.#shedder = new ConnectionShedder({
      rejectWith: options.overload.rejectWith,
      maxLingering: MAX_LINGERING,
      onShed: (shed) => this.#onShed(shed),
      onSaturated: () => this.#updateAcceptor(),
    });
    this.#dispatcher = new Dispatcher({
      maxConnectionsPerWorker: options.maxConnectionsPerWorker,
      maxConnections: options.maxConnections,
      overload: options.overload,
      schedule: createScheduler(options.scheduling, {
        onError: (error) => this.#onSchedulingError(error),
      }),
      workers: () => this.#supervisor.workers,
      onFull: () => {
        for (const worker of this.#supervisor.workers) worker.wantPlaces(this.#dispatcher.full);
        this.#updateAcceptor();
      },
      onShed: (...shed) => this.#shedder.shed(...shed),
      onLost: () => {
        this.#tally.lost += 1;
      },
    });
    this.#changes = new PoolChanges(
      {
        supervisor: this.#supervisor,
        shutdown: options.shutdown,
        recipe,
        generation: (...args) => this.#generation(...args),
        listening: () => this.#listening,
        force: this.#force.signal,
        onTakenOver: () => {
          this.#dispatcher.workersChanged();
          this.#dispatcher.update();
        },
        warn: (message) => options.logger.warn(message),
        tell: (event, ...values) => this.#tell(event, ...values),
      },
      generation,
    );
    this.#recycler = new Recycler({
      options: options.recycle,
      workers: () => this.#supervisor.places.flatMap(({ worker }) => worker ?? []),
      exchange: (worker, reason) =>
        this.#changes.recycle(worker, () =>
          this.#tell('workerRecycle', workerInfo(worker), reason),
        ),
      onFailure: (worker, error) => {
        if (this.#closing !== undefined) return;
        options.logger.warn(`Worker ${worker.id} could not be recycled: ${error.message}`);
      },
    });
  }

  /** How many workers the pool is to have; `resize()` changes it. */
  get workerCount(): number {
    return this.#supervisor.places.length;
  }

  /** Where the pool stands in its life. */
  get state(): PoolState {
    return this.#state;
  }

  /** Where it listens; undefined before `listen()` has resolved and after the close. */
  get address(): AddressInfo | string | undefined {
    return this.#address;
  }

  /**
   * Takes the address, starts the workers, and serves. A second call returns the
   * first one's promise. If it rejects, nothing is left behind and the pool is closed.
   *
   * @param options where to listen; a free port of 127.0.0.1 by default
   * @returns the address
   * @throws {TypeError | RangeError} when an option is wrong
   * @throws {Error} the system's error when the address cannot be taken, such as `EADDRINUSE`
   * @throws {WorkerBootError} when a worker ends before it is ready
   * @throws {WorkerBootTimeoutError} when a worker is not ready in time
   * @throws {PoolClosedError} when the pool is closed
   */
  listen(options?: ListenOptions): Promise<AddressInfo | string> {
    if (this.#closing !== undefined) return Promise.reject(new PoolClosedError('listen'));
    this.#listening ??= this.#listen(options);
    return this.#listening;
  }

  /**
   * Closes the pool and loses nothing: every client whose connection was there
   * before the call is served, those waiting in the kernel's backlog too. What is
   * not done when the grace period ends is cut and counted. A second call returns
   * the first one's promise.
   *
   * @param options how long open connections may take
   * @returns what became of the connections
   * @throws {TypeError | RangeError} when `graceMs` is not a duration
   */
  close(options: CloseOptions = {}): Promise<CloseReport> {
    if (this.#closing === undefined) {
      const graceMs = requireDurationMs(
        'graceMs',
        options.graceMs ?? this.#options.shutdown.graceMs,
        { orInfinity: true },
      );
      const { promise, resolve } = Promise.withResolvers<CloseReport>();
      // Known before the first event, whose listeners may close the pool as well.
      this.#closing = promise;
      resolve(this.#close(graceMs, options.leaveBacklog ?? false));
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
   * Exchanges every worker for a new one, while the pool serves: all new workers are
   * ready before one of them takes connections, and take connections before an old one
   * leaves. The old ones finish their connections side by side, within one deadline.
   * No client is refused or cut for it, but for those that are not done by the deadline.
   *
   * New workers load the handler module anew. What the options change holds from then
   * on. Without an option it is a restart with the settings as they are.
   *
   * If the new code does not boot, its workers are ended, the old ones serve on
   * untouched, and the promise rejects; see `maxSurge` for what that costs.
   *
   * Restarts and resizes run one after another, in the order of the calls. `pause()`
   * holds through a restart; `close()` and `destroy()` end it.
   *
   * @param options what changes, and how
   * @returns when the last old worker has ended: what became of their connections
   * @throws {TypeError | RangeError} when an option is wrong
   * @throws {RestartFailedError} when a new worker does not boot
   * @throws {PoolNotListeningError} before `listen()`
   * @throws {PoolClosedError} when the pool is closed, or closes before the new workers serve
   */
  restart(options: RestartOptions & Partial<Launch> = {}): Promise<RestartReport> {
    return this.#changes.restart(options);
  }

  /**
   * Changes the number of workers, while the pool serves. Additional workers take
   * connections when all of them are ready; if one does not boot, nothing changes. When
   * the number shrinks, the workers with the highest ids finish their connections, and
   * new clients go to the others.
   *
   * @param workers how many there are to be, 1 to 1,024
   * @param options deadlines and bounds
   * @returns when it is done and the last leaving worker has ended
   * @throws {TypeError | RangeError} when a number is wrong
   * @throws {ResizeFailedError} when a new worker does not boot
   * @throws {PoolNotListeningError} before `listen()`
   * @throws {PoolClosedError} when the pool is closed, or closes before the new workers serve
   */
  resize(workers: number, options: ChangeOptions = {}): Promise<ResizeReport> {
    return this.#changes.resize(workers, options);
  }

  /** Takes a snapshot. Workers that do not answer in time are shown with their last report. */
  async stats(): Promise<PoolStats> {
    const workers = await workerStats(this.#supervisor.workers);
    return {
      state: this.#state,
      address: this.#address,
      workers,
      total: this.#tally.total(this.#supervisor.workers),
      waitingConnections: this.#dispatcher.waiting,
      shedConnections: this.#shedder.counts,
      refusedConnections: this.#gatekeeper.counts,
      lostConnections: this.#tally.lost,
      respawns: this.#supervisor.respawns,
      recycles: this.#recycler.recycles,
    };
  }

  /** Closes the pool gracefully, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #listen(options: ListenOptions | undefined): Promise<AddressInfo | string> {
    this.#state = 'starting';
    try {
      const resolved = await resolveListenOptions(options);
      this.#backlog = resolved.backlog;
      this.#address = await this.#acceptor.open(resolved, {
        connection: (connection) => this.#dispatcher.dispatch(connection),
        acceptError: (error) => this.#onAcceptError(error),
      });
      if (this.#closing === undefined) await this.#supervisor.start();
    } catch (error) {
      if (this.#closing === undefined) {
        await this.destroy();
        throw error;
      }
    }
    if (this.#closing !== undefined || this.#address === undefined) {
      this.#acceptor.close();
      await this.#closing;
      this.#address = undefined;
      throw new PoolClosedError('listen');
    }
    this.#state = 'listening';
    this.#listenToSignals();
    this.#recycler.start();
    this.#stuckWatch.start();
    if (this.#options.acceptIdleTimeoutMs !== Infinity) this.#watchForIdleness();
    this.#updateAcceptor();
    this.#tell('listening', this.#address);
    return this.#address;
  }

  async #close(graceMs: number, leaveBacklog: boolean): Promise<CloseReport> {
    const wasListening = this.#state === 'listening';
    this.#state = 'closing';
    this.#changes.stop();
    this.#recycler.stop();
    this.#stuckWatch.stop();
    this.#idleWatch?.stop();
    this.#tell('closing');
    const report = await closePool(
      {
        acceptor: this.#acceptor,
        supervisor: this.#supervisor,
        dispatcher: this.#dispatcher,
        shedder: this.#shedder,
        tally: this.#tally,
        shutdown: this.#options.shutdown,
        logger: this.#options.logger,
      },
      {
        graceMs,
        wasListening,
        leaveBacklog,
        backlog: this.#backlog,
        force: this.#force.signal,
      },
    );
    for (const stop of this.#stopSignals) stop();
    this.#state = 'closed';
    this.#address = undefined;
    this.#tell('closed', report);
    return report;
  }

  /** Says how workers are made by a recipe; what a worker is told is looked up when it is spawned. */
  #generation(
    number: number,
    { handlerUrl, workerData, launch }: WorkerRecipe<Launch>,
  ): Generation {
    return {
      number,
      spawn: (boot, events) => this.#machinery.spawn(boot, events, launch),
      boot: (workerId) => ({
        workerId,
        handlerUrl,
        maxConnections: this.#options.maxConnectionsPerWorker,
        workerData,
        accepting: this.#acceptor.workersAccept && this.#state !== 'closing',
        paused: this.#paused,
        gate: this.#gatekeeper.boot,
        sampleLoad: !this.#acceptor.workersAccept && needsLoadSamples(this.#options.scheduling),
      }),
    };
  }

  #listenToSignals(): void {
    const { closeOnSignals: closes, controlSignals: controls, logger } = this.#options;
    if (closes) this.#stopSignals.push(closeOnSignals(this));
    if (controls) this.#stopSignals.push(controlBySignals(this, logger));
  }

  #watchForIdleness(): void {
    this.#idleWatch = new AcceptIdleWatch(
      this.#options.acceptIdleTimeoutMs,
      async () => {
        const { workers, waitingConnections } = await this.stats();
        if (waitingConnections > 0) return Date.now();
        return Math.max(
          this.#tally.lastConnectionAtMs,
          ...workers.map(({ report }) => report?.lastConnectionAtMs ?? 0),
        );
      },
      () => {
        this.#tell('acceptIdle');
        void this.close({ graceMs: Infinity });
      },
    );
  }

  #setPaused(paused: boolean): void {
    if (this.#paused === paused || this.#closing !== undefined) return;
    this.#paused = paused;
    if (this.#acceptor.workersAccept) {
      for (const worker of this.#supervisor.workers) {
        if (paused) worker.pause();
        else worker.resume();
      }
    }
    this.#updateAcceptor();
  }

  /** Accepts while there is a place, to be served, to wait or to be turned away, unless paused. */
  #updateAcceptor(): void {
    if (this.#state !== 'listening') return;
    const full = this.#dispatcher.full && this.#options.overload.policy === 'wait';
    if (this.#paused || full || this.#shedder.saturated) this.#acceptor.park();
    else this.#acceptor.unpark();
  }

  #onMessage(worker: ManagedWorker, message: WorkerMessage): void {
    switch (message.type) {
      case 'accepted':
        this.#dispatcher.accepted(message.connectionId);
        break;
      case 'refused':
        this.#dispatcher.refused(message.connectionId);
        break;
      case 'closed':
      case 'acceptingStopped':
        this.#dispatcher.update();
        break;
      case 'connectionsRefused':
      case 'takeAddressPlace':
      case 'releaseAddressPlace':
        this.#gatekeeper.receive(worker, message);
        break;
      case 'handlerError':
        this.#tell('handlerError', fromErrorRecord(message.error), workerInfo(worker));
        break;
      case 'log':
        this.#options.logger[message.level](message.message, message.fields);
        break;
      case 'report':
        this.#recycler.check();
        break;
      case 'beat':
      case 'ready':
      case 'activated':
      case 'bootFailed':
      case 'load':
      case 'exiting':
        break;
    }
  }

  #onStuck(worker: ManagedWorker, blockedMs: number): void {
    const error = new WorkerStuckError(worker.id, blockedMs);
    this.#options.logger.error(error.message);
    worker.killForCause(error);
    this.#tell('workerStuck', { worker: workerInfo(worker), blockedMs });
  }

  #onState(worker: ManagedWorker): void {
    this.#dispatcher.workersChanged();
    if (worker.state === 'ready') {
      this.#dispatcher.update();
      this.#tell('workerReady', workerInfo(worker));
    }
    if (worker.state === 'draining') this.#dispatcher.update();
    if (worker.state === 'exited' && worker.exit !== undefined) {
      this.#tally.add(worker);
      if (this.#state === 'closing') this.#tally.cutAtClose += worker.cutConnections;
      this.#dispatcher.workerGone(worker);
      this.#gatekeeper.workerGone(worker);
      this.#tell('workerExit', workerInfo(worker), worker.exit, worker.lastError);
    }
  }

  #onShed(shed: ShedConnection): void {
    this.#shedLog.say('The pool has no place for a client and turns it away', { ...shed });
    this.#tell('connectionShed', shed);
  }

  #onAcceptError(error: Error): void {
    this.#acceptLog.say(`The pool could not accept a connection: ${error.message}`);
    this.#tell('acceptError', error);
  }

  #onSchedulingError(error: SchedulingError): void {
    this.#schedulingLog.say(error.message, { cause: error.cause });
    this.#tell('schedulingError', error);
  }

  /** Emits an event. What a listener throws must not stop the pool halfway: it is thrown afterwards. */
  #tell<Event extends keyof PoolEvents>(event: Event, ...values: PoolEvents[Event]): void {
    try {
      // The tuple is that of the event, which TypeScript cannot see through the emitter's overloads.
      (this as EventEmitter).emit(event, ...values);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }
}
