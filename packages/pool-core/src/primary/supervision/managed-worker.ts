import { doneWithin } from './deadline.ts';
import { asError, fromErrorRecord } from '../../errors/error-record.ts';
import { WorkerBootError, WorkerBootTimeoutError } from '../../errors/errors.ts';
import type { DepartureOrder } from '@sockpool/handler/hosting';
import type { PrimaryMessage, WorkerMessage } from '../../protocol/messages.ts';
import { plainText } from '../../errors/plain-text.ts';
import type {
  HandoffResult,
  SpawnWorker,
  WorkerBoot,
  WorkerExit,
  WorkerHandle,
} from '../../protocol/worker-handle.ts';
import { describeExit } from '../../protocol/worker-end.ts';
import { shortageOf, WorkerSpawnError } from '../../errors/worker-spawn-error.ts';
import { WorkerLoad } from './worker-load.ts';
import { isWorkerMessage } from '../../protocol/worker-message-check.ts';
import { NO_COUNTS, type WorkerCounts, type WorkerReport } from '../../protocol/worker-report.ts';
import { canTransition, type WorkerState } from '../../protocol/worker-state.ts';

/** What the owner of a worker wants to hear about it. */
export interface ManagedWorkerEvents {
  message(worker: ManagedWorker, message: WorkerMessage): void;
  /** Called on every change of state, `exited` last. */
  state(worker: ManagedWorker): void;
}

/** One worker as the primary knows it: its state, its load, and when it is ready or gone. */
export class ManagedWorker {
  readonly id: number;
  /** How many restarts the pool had when it was spawned. */
  readonly generation: number;
  readonly startedAtMs: number = performance.now();
  /** Whether its event loop stands still because the primary has asked for its heap. */
  heapIsTaken = false;
  /** Settles once: when the worker is ready, or with the reason why it never was. */
  readonly ready: Promise<void>;
  /** Resolves when the worker is gone. */
  readonly exited: Promise<WorkerExit>;
  /**
   * Resolves when the worker accepts nothing more by itself, to its counters at that
   * moment; when it is gone before, to its last ones.
   */
  readonly acceptingStopped: Promise<WorkerCounts>;
  readonly #handle: WorkerHandle;
  readonly #events: ManagedWorkerEvents;
  readonly #bootTimeoutMs: number;
  readonly #accepting: boolean;
  readonly #parks: boolean;
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<WorkerExit>();
  readonly #activated = Promise.withResolvers<void>();
  readonly #acceptingStopped = Promise.withResolvers<WorkerCounts>();
  /** Who waits for a report; undefined tells that the worker has ended. */
  readonly #reports = new Map<number, (report: WorkerReport | undefined) => void>();
  readonly #bootTimer: NodeJS.Timeout | undefined;
  readonly #load: WorkerLoad;
  /** Whether it is the primary that gives it connections, once it is to have any. */
  #handed: boolean;
  #paused: boolean;
  #held = false;
  #activeConnections = 0;
  #unaccepted = 0;
  /** Handoffs that the worker has neither accepted nor refused; the primary still has them. */
  #pending = 0;
  /** The ids of handed connections that are open, where workers tell them by messages. */
  readonly #handedOver = new Set<number>();
  #nextRequestId = 0;
  #state: WorkerState = 'starting';
  #readyAtMs: number | undefined;
  #bootTimedOut = false;
  #lastMessageAtMs = performance.now();
  #lastError: Error | undefined;
  /** Whether the last error came from the worker itself, which knows best why it ends. */
  #lastWords = false;
  #toldOfMalformed = false;
  #shortage: Error | undefined;
  #lastReport: WorkerReport | undefined;
  #exit: WorkerExit | undefined;
  #cutConnections: number | undefined;

  constructor(
    spawn: SpawnWorker,
    boot: WorkerBoot,
    bootTimeoutMs: number,
    events: ManagedWorkerEvents,
  ) {
    this.id = boot.workerId;
    this.generation = boot.generation;
    this.ready = this.#ready.promise;
    this.exited = this.#exited.promise;
    this.acceptingStopped = this.#acceptingStopped.promise;
    this.#accepting = boot.accepting;
    this.#parks = boot.parks;
    this.#handed = !boot.accepting && !boot.standby;
    this.#paused = boot.paused;
    this.#events = events;
    this.#bootTimeoutMs = bootTimeoutMs;
    // The owner hears of a failed boot by the exit as well; `ready` may go unobserved.
    this.ready.catch(() => undefined);
    this.#handle = spawn(boot, {
      message: (message) => this.#receive(message),
      error: (error) => {
        if (!this.#lastWords) this.#lastError = asError(error);
      },
      spawnFailed: (error) => {
        this.#shortage = new WorkerSpawnError(this.id, error);
        this.#lastError = this.#shortage;
        this.#onExit(null, null);
      },
      exit: (code, signal) => this.#onExit(code, signal),
    });
    this.#load = new WorkerLoad(this.#handle.shared);
    this.#bootTimer = this.debugged
      ? undefined
      : setTimeout(() => this.#onBootTimeout(), bootTimeoutMs);
  }

  /** Whether it may stand still, for a debugger or its heap, so that it has no deadlines. */
  get debugged(): boolean {
    return this.heapIsTaken || (this.#handle.debugged ?? false);
  }

  /** Process id or thread id. */
  get nativeId(): number {
    return this.#handle.nativeId;
  }

  /** Open connections, as far as the primary knows: exact for connections handed over. */
  get activeConnections(): number {
    return this.#handle.shared?.activeConnections() ?? this.#activeConnections;
  }

  /** Connections that it took to its grave without having begun to serve them, where known. */
  get unacceptedConnections(): number {
    return this.#unaccepted;
  }

  /** Its counters: live where shared memory tells, else as last reported. */
  get counts(): WorkerCounts {
    return this.#handle.shared?.counts() ?? this.#lastReport ?? NO_COUNTS;
  }

  /** Milliseconds since its event loop last showed that it turns. */
  get heartbeatAgeMs(): number {
    return this.#handle.shared?.heartbeatAgeMs() ?? performance.now() - this.#lastMessageAtMs;
  }

  /** Share of time its event loop was busy, from 0 to 1, see {@link WorkerLoad.utilization}. */
  get eventLoopUtilization(): number {
    return this.#load.utilization;
  }

  /** Connections handed over since that was sampled. */
  get handedSinceSample(): number {
    return this.#load.handedSinceSample;
  }

  /** Milliseconds since its event loop last showed that it turns, where that is known. */
  get signOfLifeAgeMs(): number | undefined {
    return this.#load.signOfLifeAgeMs;
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Whether the dispatcher may hand connections to it, given free capacity. */
  get dispatchable(): boolean {
    return this.#handed && !this.#held;
  }

  /** How it ended, once it has. */
  get exit(): WorkerExit | undefined {
    return this.#exit;
  }

  /** The last uncaught error that the worker told of. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /**
   * Why the system did not let it come to serve, such as for want of file descriptors, which
   * is no fault of its code.
   */
  get shortage(): Error | undefined {
    return this.#shortage;
  }

  /** Whether it has had a connection, as far as the primary knows. */
  get hadConnection(): boolean {
    return this.counts.totalConnections > 0 || this.activeConnections > 0;
  }

  /** Whether it has served a connection to its end, as far as the primary knows. */
  get servedConnection(): boolean {
    return this.counts.totalConnections > this.counts.activeConnections;
  }

  /** The newest report; after the exit, the last one. */
  get lastReport(): WorkerReport | undefined {
    return this.#lastReport;
  }

  /** Connections that its end cut off; 0 while it runs. */
  get cutConnections(): number {
    if (this.#exit === undefined) return 0;
    return this.#cutConnections ?? this.#activeConnections - this.#pending;
  }

  /** Milliseconds since it became ready; 0 if it never did. */
  readyForMs(): number {
    return this.#readyAtMs === undefined ? 0 : performance.now() - this.#readyAtMs;
  }

  /** Asks for a fresh report; resolves to undefined when none comes in time or the worker ends. */
  async report(timeoutMs: number): Promise<WorkerReport | undefined> {
    if (this.#state === 'exited' || this.#state === 'starting') return undefined;
    const requestId = this.#nextRequestId++;
    const { promise, resolve } = Promise.withResolvers<WorkerReport | undefined>();
    this.#reports.set(requestId, resolve);
    this.#handle.send({ type: 'report', requestId });
    const answered = await doneWithin(promise, timeoutMs);
    this.#reports.delete(requestId);
    return answered ? promise : undefined;
  }

  /** Hands over a connection; the capacity it takes is free again when it closes or is refused. */
  handoff(...args: Parameters<WorkerHandle['handoff']>): HandoffResult {
    const result = this.#handle.handoff(...args);
    if (result === 'pending') this.#handedOver.add(args[0]);
    if (result !== 'gone') {
      this.#activeConnections += 1;
      this.#load.handedOver();
    }
    if (result === 'pending') this.#pending += 1;
    return result;
  }

  /** Says whether the primary waits for free capacity. */
  wantCapacity(wanted: boolean): void {
    this.#handle.shared?.wantCapacity(wanted);
  }

  release(...args: Parameters<WorkerHandle['release']>): void {
    this.#handle.release(...args);
  }

  canReclaim(...args: Parameters<WorkerHandle['canReclaim']>): boolean {
    return this.#handle.canReclaim(...args);
  }

  /**
   * Lets a worker on standby take connections.
   *
   * @returns resolves when it does, or is gone
   */
  activate(): Promise<void> {
    if (this.#accepting) {
      this.#handle.send({ type: 'activate' });
    } else {
      this.#handed = true;
      this.#activated.resolve();
    }
    return this.#activated.promise;
  }

  /** Sends a message that changes nothing in what is known of the worker here. */
  send(message: PrimaryMessage): void {
    this.#handle.send(message);
  }

  /** The pool is paused, or is not any more: one that accepts by itself does as the pool. */
  setPaused(paused: boolean): void {
    this.#setListening(paused, this.#held);
  }

  /** Takes no new connections and serves those that it has, until it is to {@link serveAgain}. */
  hold(): void {
    // One that cannot park would keep new clients waiting instead of leaving them to others.
    if (this.#accepting && !this.#parks) return;
    this.#setListening(this.#paused, true);
  }

  /** Takes connections again after {@link hold}. */
  serveAgain(): void {
    this.#setListening(this.#paused, false);
  }

  /** Tells it to accept nothing more by itself; see {@link acceptingStopped}. */
  stopAccepting(order: DepartureOrder): void {
    this.#handle.send({ type: 'stopAccepting', ...order });
  }

  /** First step of a shutdown: finish what is open, then exit. A later order can make it quicker. */
  drain(order: DepartureOrder): void {
    if (!this.#moveTo('draining') && this.#state !== 'draining') return;
    this.#handle.send({ type: 'drain', ...order });
  }

  /** Second step: cut what is open and exit. */
  terminate(): void {
    if (!this.#moveTo('terminating')) return;
    this.#handle.send({ type: 'terminate' });
  }

  /** Last step: force. */
  kill(): void {
    this.#moveTo('terminating');
    this.#handle.kill();
  }

  /**
   * Finds out what a stuck worker is doing. From then on it gets no more connections.
   *
   * @param timeoutMs how long that may take
   * @returns its stack, one frame a line
   * @throws {Error} when it cannot be had, or not in time
   */
  async takeStack(timeoutMs: number): Promise<string> {
    this.#handed = false;
    return this.readStack(AbortSignal.timeout(timeoutMs));
  }

  /**
   * Finds out what it is doing; it goes on afterwards.
   *
   * @param signal ends the attempt
   * @returns its stack, one frame a line
   * @throws {Error} when it cannot be had, or not in time
   */
  async readStack(signal: AbortSignal): Promise<string> {
    const stack = await this.#handle.takeStack?.(signal);
    if (stack === undefined) throw new Error('this kind of worker cannot show it');
    return stack;
  }

  /** Kills a worker that should be there, so that its exit is no expected one. */
  killForCause(error: Error): void {
    this.#lastError = error;
    this.#handed = false;
    this.#handle.kill();
  }

  #setListening(paused: boolean, held: boolean): void {
    const parked = this.#paused || this.#held;
    this.#paused = paused;
    this.#held = held;
    const park = paused || held;
    if (this.#accepting && park !== parked) this.#handle.send({ type: park ? 'pause' : 'resume' });
  }

  #moveTo(state: WorkerState): boolean {
    if (!canTransition(this.#state, state)) return false;
    this.#state = state;
    this.#events.state(this);
    return true;
  }

  #receive(message: unknown): void {
    this.#lastMessageAtMs = performance.now();
    if (isWorkerMessage(message) && this.#isDue(message)) this.#obey(message);
    else this.#onMalformed(message);
  }

  /** Whether a message speaks of connections that the worker has. */
  #isDue(message: WorkerMessage): boolean {
    // Where memory is shared the ids are those of its slots, and nothing is counted by them here.
    if (this.#handle.shared !== undefined) return true;
    switch (message.type) {
      case 'accepted':
        return this.#handedOver.has(message.connectionId) && this.#pending > 0;
      case 'refused':
        return this.#handedOver.delete(message.connectionId) && this.#pending > 0;
      case 'closed':
        return message.connectionId === undefined || this.#handedOver.delete(message.connectionId);
      default:
        return true;
    }
  }

  /** Its program may call `process.send()` or hold the port, and says so once in the log. */
  #onMalformed(message: unknown): void {
    if (this.#toldOfMalformed) return;
    this.#toldOfMalformed = true;
    this.#events.message(this, {
      type: 'log',
      level: 'warn',
      message:
        'its program sends what is no message of a worker of this pool, such as by process.send() in a ' +
        `handler; it is ignored, and so are more of them: ${plainText(message, 500)}`,
      fields: undefined,
    });
  }

  #obey(message: WorkerMessage): void {
    switch (message.type) {
      case 'ready':
        clearTimeout(this.#bootTimer);
        if (this.#state === 'starting') {
          this.#readyAtMs = performance.now();
          this.#moveTo('ready');
          this.#ready.resolve();
        }
        break;
      case 'bootFailed':
        this.#lastError = fromErrorRecord(message.error);
        this.#lastWords = true;
        if (shortageOf(this.#lastError) !== undefined) this.#shortage = this.#lastError;
        break;
      case 'uncaughtError':
        this.#lastError = fromErrorRecord(message.error);
        this.#lastWords = message.fatal;
        break;
      case 'activated':
        this.#activated.resolve();
        break;
      case 'accepted':
        this.#pending -= 1;
        break;
      case 'refused':
        this.#pending -= 1;
        this.#activeConnections -= 1;
        break;
      case 'closed':
        // Of connections that it had accepted by itself, the last report may not have known all.
        if (this.#activeConnections > 0) this.#activeConnections -= 1;
        break;
      case 'acceptingStopped':
        this.#learn(message.report);
        this.#handed = true;
        this.#held = false;
        this.#acceptingStopped.resolve(message.report);
        break;
      case 'report':
        this.#learn(message.report);
        if (message.requestId !== undefined) {
          this.#reports.get(message.requestId)?.(message.report);
        }
        break;
      case 'exiting':
        this.#learn(message.report);
        this.#cutConnections = message.cutConnections;
        break;
      case 'load':
        this.#load.sampled(message.eventLoopUtilization);
        break;
      case 'heartbeat':
      case 'connectionsRefused':
      case 'takeAddressPermit':
      case 'releaseAddressPermit':
      case 'tlsReloaded':
      case 'connections':
      case 'inspectionPart':
      case 'handlerError':
      case 'log':
        break;
    }
    this.#events.message(this, message);
  }

  #learn(report: WorkerReport): void {
    this.#lastReport = report;
    // While a worker accepts by itself, its reports are all the primary knows of its load;
    // from then on the primary counts handoffs, which reports still under way may not include.
    if (!this.#handed) this.#activeConnections = report.activeConnections;
  }

  #onBootTimeout(): void {
    this.#bootTimedOut = true;
    this.#lastError = new WorkerBootTimeoutError(this.id, this.#bootTimeoutMs);
    this.#ready.reject(this.#lastError);
    this.kill();
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(this.#bootTimer);
    const expected =
      (this.#state === 'draining' || this.#state === 'terminating') && !this.#bootTimedOut;
    const { shared } = this.#handle;
    if (shared !== undefined) {
      this.#unaccepted = shared.unaccepted();
      // What was never accepted is counted on its own.
      this.#activeConnections = shared.activeConnections() - this.#unaccepted;
      this.#pending = 0;
    }
    this.#exit = Object.freeze({ code, signal, expected });
    this.#state = 'exited';
    this.#ready.reject(
      this.#shortage instanceof WorkerSpawnError
        ? this.#shortage
        : new WorkerBootError(
            this.id,
            this.#lastError?.message ?? `it ended ${describeExit(this.#exit)} before it was ready`,
            { cause: this.#lastError },
          ),
    );
    this.#activated.resolve();
    this.#acceptingStopped.resolve(this.counts);
    for (const resolve of this.#reports.values()) resolve(undefined);
    this.#exited.resolve(this.#exit);
    this.#events.state(this);
  }
}
