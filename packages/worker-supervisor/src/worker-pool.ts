import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AcceptIdleWatch } from './accept-idle.ts';
import type { Acceptor } from './acceptor.ts';
import { backlogTaken } from './backlog.ts';
import { ConnectionShedder } from './connection-shedder.ts';
import { Deadline, doneWithin } from './deadline.ts';
import { Dispatcher } from './dispatcher.ts';
import { fromErrorRecord, PoolClosedError, type SchedulingError, toErrorRecord } from './errors.ts';
import type { StopStep } from './escalation.ts';
import { resolveListenOptions, type ListenOptions } from './listen-options.ts';
import type { ManagedWorker } from './managed-worker.ts';
import type { WorkerMessage } from './messages.ts';
import { requireDurationMs } from './option-validation.ts';
import type { ShedConnection } from './overload-options.ts';
import type { ResolvedPoolOptions } from './pool-options.ts';
import type {
  CloseReport,
  PoolEvents,
  PoolState,
  PoolStats,
  WorkerInfo,
  WorkerStats,
} from './pool-stats.ts';
import { createScheduler, needsLoadSamples } from './scheduling.ts';
import { closeOnSignals } from './signal-closing.ts';
import { Supervisor } from './supervisor.ts';
import { ThrottledLog } from './throttled-log.ts';
import type { SpawnWorker } from './worker-handle.ts';
import { addCounts, NO_COUNTS, type WorkerCounts } from './worker-report.ts';

/** How long `stats()` waits for a worker's answer, in milliseconds, before it takes the last known one. */
const REPORT_TIMEOUT_MS = 500;

/** Connections that are turned away and may be on their way out at the same time. */
const MAX_LINGERING = 1_024;

/** What makes a pool of processes or of threads out of a {@link WorkerPool}. */
export interface WorkerPoolMachinery {
  readonly spawn: SpawnWorker;
  readonly acceptor: Acceptor;
}

/**
 * A server whose connections are served by supervised workers. `ProcessPool` and
 * `ThreadPool` are its two kinds.
 *
 * A pool listens once and closes once. Every verb is idempotent.
 */
export class WorkerPool extends EventEmitter<PoolEvents> implements AsyncDisposable {
  readonly #options: ResolvedPoolOptions;
  readonly #acceptor: Acceptor;
  readonly #supervisor: Supervisor;
  readonly #dispatcher: Dispatcher;
  readonly #shedder: ConnectionShedder;
  readonly #force = new AbortController();
  readonly #schedulingLog: ThrottledLog;
  readonly #shedLog: ThrottledLog;
  readonly #acceptLog: ThrottledLog;
  #state: PoolState = 'idle';
  #address: AddressInfo | string | undefined;
  #listening: Promise<AddressInfo | string> | undefined;
  #closing: Promise<CloseReport> | undefined;
  #stopSignals: (() => void) | undefined;
  #idleWatch: AcceptIdleWatch | undefined;
  #backlog = 0;
  #paused = false;
  /** The counters of workers that are gone. */
  #past: WorkerCounts = NO_COUNTS;
  #cutByWorkers = 0;
  #lost = 0;
  #lastConnectionAtMs = 0;

  constructor(options: ResolvedPoolOptions, machinery: WorkerPoolMachinery) {
    super();
    this.#options = options;
    this.#schedulingLog = new ThrottledLog(options.logger);
    this.#shedLog = new ThrottledLog(options.logger);
    this.#acceptLog = new ThrottledLog(options.logger);
    this.#acceptor = machinery.acceptor;
    this.#supervisor = new Supervisor(
      {
        workers: options.workers,
        bootTimeoutMs: options.bootTimeoutMs,
        respawn: options.respawn,
        spawn: machinery.spawn,
        boot: (workerId) => ({
          workerId,
          handlerUrl: options.handlerUrl,
          maxConnections: options.maxConnectionsPerWorker,
          workerData: options.workerData,
          accepting: this.#acceptor.workersAccept && this.#state !== 'closing',
          paused: this.#paused,
          sampleLoad: !this.#acceptor.workersAccept && needsLoadSamples(options.scheduling),
        }),
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
        this.#lost += 1;
      },
    });
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
   * @param options `graceMs`: time for open connections to finish, in place of
   *   `shutdown.graceMs`; `Infinity` waits for ever
   * @returns what became of the connections
   * @throws {TypeError | RangeError} when `graceMs` is not a duration
   */
  close(options: { readonly graceMs?: number } = {}): Promise<CloseReport> {
    if (this.#closing === undefined) {
      const graceMs = requireDurationMs(
        'graceMs',
        options.graceMs ?? this.#options.shutdown.graceMs,
        { orInfinity: true },
      );
      const { promise, resolve } = Promise.withResolvers<CloseReport>();
      // Known before the first event, whose listeners may close the pool as well.
      this.#closing = promise;
      resolve(this.#close(graceMs));
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

  /** Takes a snapshot. Workers that do not answer in time are shown with their last report. */
  async stats(): Promise<PoolStats> {
    const workers = await Promise.all(
      this.#supervisor.workers.map(async (worker): Promise<WorkerStats> => {
        const report = (await worker.report(REPORT_TIMEOUT_MS)) ?? worker.lastReport;
        return {
          ...info(worker),
          uptimeMs: performance.now() - worker.startedAtMs,
          heartbeatAgeMs: worker.heartbeatAgeMs,
          report,
        };
      }),
    );
    return {
      state: this.#state,
      address: this.#address,
      workers,
      total: this.#total(),
      waitingConnections: this.#dispatcher.waiting,
      shedConnections: this.#shedder.counts,
      lostConnections: this.#lost,
      respawns: this.#supervisor.respawns,
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
    if (this.#options.closeOnSignals) this.#stopSignals = closeOnSignals(this);
    if (this.#options.acceptIdleTimeoutMs !== Infinity) this.#watchForIdleness();
    this.#updateAcceptor();
    this.#tell('listening', this.#address);
    return this.#address;
  }

  async #close(graceMs: number): Promise<CloseReport> {
    const startedAtMs = performance.now();
    const wasListening = this.#state === 'listening';
    const deadline = new Deadline(graceMs);
    const force = this.#force.signal;
    this.#state = 'closing';
    this.#idleWatch?.stop();
    this.#tell('closing');
    // Without a grace period nothing drains.
    const closedBefore = wasListening && graceMs > 0 ? await this.#takeBacklog(deadline) : Infinity;
    this.#acceptor.close();
    await doneWithin(this.#dispatcher.idle(), deadline.remainingMs(), force);
    await doneWithin(this.#shedder.idle(), deadline.remainingMs(), force);
    this.#shedder.cut();
    let cutWaiting = this.#dispatcher.cutWaiting();
    const lostBefore = this.#lost;
    const steps = await this.#supervisor.stop(
      { ...this.#options.shutdown, graceMs: deadline.remainingMs() },
      force,
    );
    // What came back from workers that ended before they had accepted it finds no other, and
    // a worker that could not be ended accepts nothing more.
    for (const worker of this.#supervisor.workers) this.#dispatcher.workerGone(worker);
    cutWaiting += this.#dispatcher.cutWaiting();
    this.#stopSignals?.();
    this.#state = 'closed';
    this.#address = undefined;
    const report: CloseReport = Object.freeze({
      drainedConnections: Math.max(
        0,
        endedConnections(this.#total()) - closedBefore - this.#cutByWorkers,
      ),
      cutConnections: cutWaiting + this.#cutByWorkers + this.#lost - lostBefore,
      durationMs: performance.now() - startedAtMs,
      workers: Object.freeze(countSteps(steps)),
    });
    this.#tell('closed', report);
    return report;
  }

  /**
   * Makes the primary take every client that waits in the kernel's backlog, and the
   * workers stop accepting. Meanwhile what was taken is already dispatched.
   *
   * @returns how many connections had ended by then, as each worker tells
   */
  async #takeBacklog(deadline: Deadline): Promise<number> {
    const force = this.#force.signal;
    const { workers } = this.#supervisor;
    let ended = endedConnections(this.#past);
    try {
      await this.#acceptor.takeOver();
    } catch (error) {
      // Such as for want of a descriptor. The pool closes all the same.
      this.#options.logger.error(
        `The pool could not take over the clients that wait in the backlog: ${toErrorRecord(error).message}`,
      );
    }
    for (const worker of workers) worker.stopAccepting();
    await doneWithin(
      Promise.all(
        workers.map(async (worker) => {
          // Awaited first: the sum may have grown meanwhile.
          const counts = await worker.acceptingStopped;
          ended += endedConnections(counts);
        }),
      ),
      deadline.remainingMs(),
      force,
    );
    await backlogTaken(() => this.#acceptor.accepted, this.#backlog, deadline, force);
    return ended;
  }

  #watchForIdleness(): void {
    this.#idleWatch = new AcceptIdleWatch(
      this.#options.acceptIdleTimeoutMs,
      async () => {
        const { workers, waitingConnections } = await this.stats();
        if (waitingConnections > 0) return Date.now();
        return Math.max(
          this.#lastConnectionAtMs,
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
      case 'handlerError':
        this.#tell('handlerError', fromErrorRecord(message.error), info(worker));
        break;
      case 'log':
        this.#options.logger[message.level](message.message, message.fields);
        break;
      case 'ready':
      case 'bootFailed':
      case 'report':
      case 'load':
      case 'exiting':
        break;
    }
  }

  #onState(worker: ManagedWorker): void {
    this.#dispatcher.workersChanged();
    if (worker.state === 'ready') {
      this.#dispatcher.update();
      this.#tell('workerReady', info(worker));
    }
    if (worker.state === 'exited' && worker.exit !== undefined) {
      this.#past = addCounts(this.#past, { ...worker.counts, activeConnections: 0 });
      const { lastConnectionAtMs = 0 } = worker.lastReport ?? {};
      this.#lastConnectionAtMs = Math.max(this.#lastConnectionAtMs, lastConnectionAtMs);
      if (this.#state === 'closing') this.#cutByWorkers += worker.cutConnections;
      this.#lost += worker.unacceptedConnections;
      this.#dispatcher.workerGone(worker);
      this.#tell('workerExit', info(worker), worker.exit, worker.lastError);
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

  #total(): WorkerCounts {
    return this.#supervisor.workers.reduce(
      (sum, worker) => addCounts(sum, worker.counts),
      this.#past,
    );
  }
}

/** How many connections had come and gone. */
function endedConnections({ totalConnections, activeConnections }: WorkerCounts): number {
  return totalConnections - activeConnections;
}

function info(worker: ManagedWorker): WorkerInfo {
  return { workerId: worker.id, nativeId: worker.nativeId, state: worker.state };
}

function countSteps(steps: readonly StopStep[]): Record<StopStep, number> {
  const counts = { drained: 0, terminated: 0, killed: 0, abandoned: 0 };
  for (const step of steps) counts[step] += 1;
  return counts;
}
