import { setTimeout as pause } from 'node:timers/promises';
import { type DepartureOrder, programOf } from '@sockpool/handler/hosting';
import { WorkerBootTimeoutError } from '../../errors/errors.ts';
import type { ResolvedTlsOptions } from '../../options/listening/resolved-tls-options.ts';
import type { ConnectionList } from '../../protocol/inspection.ts';
import { HEARTBEAT_MS } from '../../protocol/intervals.ts';
import type { PrimaryMessage } from '../../protocol/messages.ts';
import type {
  HandoffResult,
  SpawnWorker,
  WorkerBoot,
  WorkerExit,
  WorkerHandle,
} from '../../protocol/worker-handle.ts';
import type { WorkerCounts, WorkerReport } from '../../protocol/worker-report.ts';
import { canTransition } from '../../protocol/worker-state.ts';
import type { WorkerState } from '../../options/workers/worker-info.ts';
import { BootDeadline } from './boot-deadline.ts';
import { LastWords } from './last-words.ts';
import { ConnectionLedger } from './connection-ledger.ts';
import { KeptMeasures } from './kept-measures.ts';
import { WorkerHeartbeat } from './worker-heartbeat.ts';
import { WorkerIntake } from './worker-intake.ts';
import { type WorkerAudience, WorkerLine } from './worker-line.ts';
import { type TlsReloaded, WorkerQuestions } from './worker-questions.ts';

/** What a worker's owner gives it. */
export interface ManagedWorkerSettings {
  /** Time for it to become ready, in milliseconds. */
  readonly bootTimeoutMs: number;
  /** Who is told what it tells. */
  readonly audience: WorkerAudience<ManagedWorker>;
}

/** How old a heartbeat is when the event loop of a worker that starts stands still, in milliseconds. */
const STILL_MS = 1_000;

/** How long it may take to find out what such a worker is doing, in milliseconds. */
const STACK_TIMEOUT_MS = 1_000;

/** What the owner of a worker wants to hear about it. */
export interface ManagedWorkerEvents {
  /** Called on every change of state, `exited` last. */
  state(worker: ManagedWorker): void;
}

/**
 * One worker as the primary knows it: its state, when it is ready or gone, and the orders that it
 * gets. What it tells comes in at its {@link WorkerLine}.
 */
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
  /** What it has told that it has measured. */
  readonly measured: KeptMeasures = new KeptMeasures();
  readonly #handle: WorkerHandle;
  readonly #events: ManagedWorkerEvents;
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<WorkerExit>();
  readonly #questions: WorkerQuestions;
  readonly #lastWords: LastWords;
  readonly #heartbeat: WorkerHeartbeat;
  readonly #connections: ConnectionLedger;
  readonly #intake: WorkerIntake;
  readonly #bootDeadline: BootDeadline | undefined;
  #state: WorkerState = 'starting';
  #readyAtMs: number | undefined;
  #bootTimedOut = false;
  #exit: WorkerExit | undefined;

  constructor(
    spawn: SpawnWorker,
    boot: WorkerBoot,
    { bootTimeoutMs, audience }: ManagedWorkerSettings,
    events: ManagedWorkerEvents,
  ) {
    this.id = boot.workerId;
    this.generation = boot.generation;
    this.ready = this.#ready.promise;
    this.exited = this.#exited.promise;
    this.#events = events;
    this.#lastWords = new LastWords(this.id);
    // The owner hears of a failed boot by the exit as well; `ready` may go unobserved.
    this.ready.catch(() => undefined);
    // Nothing is told before the spawn has returned.
    this.#handle = spawn(boot, {
      message: (message) => line.receive(message),
      error: (error) => this.#lastWords.heard(error),
      spawnFailed: (error) => {
        this.#lastWords.neverWas(error);
        this.#onExit(null, null);
      },
      exit: (code, signal) => this.#onExit(code, signal),
    });
    const { shared } = this.#handle;
    this.#heartbeat = new WorkerHeartbeat(shared);
    this.#connections = new ConnectionLedger(shared);
    const send = (message: PrimaryMessage): void => this.#handle.send(message);
    this.#intake = new WorkerIntake(boot, send);
    this.#questions = new WorkerQuestions(send);
    const line = new WorkerLine({
      worker: this,
      ready: () => this.#onReady(),
      lastWords: this.#lastWords,
      heartbeat: this.#heartbeat,
      intake: this.#intake,
      connections: this.#connections,
      measured: this.measured,
      questions: this.#questions,
      audience,
    });
    if (this.debugged) return;
    const loaded = programOf(boot.handlerUrl);
    this.#bootDeadline = new BootDeadline(bootTimeoutMs, {
      slow: () => audience.reporter.slowBoot(this, loaded, bootTimeoutMs),
      over: () => void this.#onBootTimeout(bootTimeoutMs, loaded),
    });
  }

  /** Whether it may stand still, for a debugger or its heap, so that it has no deadlines. */
  get debugged(): boolean {
    return this.heapIsTaken || (this.#handle.debugged ?? false);
  }

  /** Process id or thread id. */
  get nativeId(): number {
    return this.#handle.nativeId;
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** How it ended, once it has. */
  get exit(): WorkerExit | undefined {
    return this.#exit;
  }

  /** The last uncaught error that the worker told of. */
  get lastError(): Error | undefined {
    return this.#lastWords.error;
  }

  /** See {@link LastWords.shortage}. */
  get shortage(): Error | undefined {
    return this.#lastWords.shortage;
  }

  /** Milliseconds since its event loop last showed that it turns. */
  get heartbeatAgeMs(): number {
    return this.#heartbeat.ageMs;
  }

  /** Share of time its event loop was busy, see {@link WorkerHeartbeat.eventLoopUtilization}. */
  get eventLoopUtilization(): number {
    return this.#heartbeat.eventLoopUtilization;
  }

  /** Connections handed over since that was sampled. */
  get handedSinceSample(): number {
    return this.#heartbeat.handedSince;
  }

  /** Open connections, as far as the primary knows: exact for connections handed over. */
  get activeConnections(): number {
    return this.#connections.active;
  }

  /** Connections that it took to its grave without having begun to serve them, where known. */
  get unacceptedConnections(): number {
    return this.#connections.unaccepted;
  }

  /** Connections that its end cut off; 0 while it runs. */
  get cutConnections(): number {
    return this.#exit === undefined ? 0 : this.#connections.cut;
  }

  /** Its counters: live where shared memory tells, else as last reported. */
  get counts(): WorkerCounts {
    return this.#connections.counts;
  }

  /** The newest report; after the exit, the last one. */
  get lastReport(): WorkerReport | undefined {
    return this.#connections.lastReport;
  }

  /** Whether it has had a connection, as far as the primary knows. */
  get hadConnection(): boolean {
    return this.counts.totalConnections > 0 || this.activeConnections > 0;
  }

  /** Whether it has served a connection to its end, as far as the primary knows. */
  get servedConnection(): boolean {
    return this.counts.totalConnections > this.counts.activeConnections;
  }

  /** Whether it has its slot and serves: it is not on standby, nor held for its successor. */
  get inService(): boolean {
    return this.#intake.inService;
  }

  /** Whether the dispatcher may hand connections to it, given free capacity. */
  get dispatchable(): boolean {
    return this.#intake.open;
  }

  /**
   * Resolves when the worker accepts nothing more by itself, to its counters at that
   * moment; when it is gone before, to its last ones.
   */
  get acceptingStopped(): Promise<WorkerCounts> {
    return this.#intake.stopped;
  }

  /** Milliseconds since it became ready; 0 if it never did. */
  readyForMs(): number {
    return this.#readyAtMs === undefined ? 0 : performance.now() - this.#readyAtMs;
  }

  /** See {@link WorkerQuestions.report}. One that starts or is gone has none. */
  async report(timeoutMs: number): Promise<WorkerReport | undefined> {
    if (this.#state === 'exited' || this.#state === 'starting') return undefined;
    return this.#questions.report(timeoutMs);
  }

  /** See {@link WorkerQuestions.reloadTls}. */
  async reloadTls(tls: ResolvedTlsOptions, timeoutMs: number): Promise<TlsReloaded | undefined> {
    return this.#state === 'exited' ? undefined : this.#questions.reloadTls(tls, timeoutMs);
  }

  /** See {@link WorkerQuestions.listConnections}. */
  async listConnections(limit: number, timeoutMs: number): Promise<ConnectionList | undefined> {
    return this.#state === 'exited' ? undefined : this.#questions.listConnections(limit, timeoutMs);
  }

  /** Hands over a connection; the capacity it takes is free again when it closes or is refused. */
  handoff(...args: Parameters<WorkerHandle['handoff']>): HandoffResult {
    const result = this.#handle.handoff(...args);
    this.#connections.handedOver(args[0], result);
    if (result !== 'gone') this.#heartbeat.handedOver();
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

  /** Sends a message that changes nothing in what is known of the worker here. */
  send(message: PrimaryMessage): void {
    this.#handle.send(message);
  }

  /** See {@link WorkerIntake.activate}. */
  activate(): Promise<void> {
    return this.#intake.activate();
  }

  /** See {@link WorkerIntake.setPaused}. */
  setPaused(paused: boolean): void {
    this.#intake.setPaused(paused);
  }

  /** Takes no new connections and serves those that it has, until it is to {@link serveAgain}. */
  hold(): void {
    this.#intake.hold();
  }

  /** Takes connections again after {@link hold}. */
  serveAgain(): void {
    this.#intake.serveAgain();
  }

  /** Tells it to accept nothing more by itself; see {@link acceptingStopped}. */
  stopAccepting(order: DepartureOrder): void {
    this.#intake.stopAccepting(order);
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
    this.#intake.close();
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
    this.#lastWords.endedFor(error);
    this.#intake.close();
    this.#handle.kill();
  }

  #moveTo(state: WorkerState): boolean {
    if (!canTransition(this.#state, state)) return false;
    this.#state = state;
    this.#events.state(this);
    return true;
  }

  #onReady(): void {
    this.#bootDeadline?.cancel();
    if (this.#state !== 'starting') return;
    this.#readyAtMs = performance.now();
    this.#moveTo('ready');
    this.#ready.resolve();
  }

  async #onBootTimeout(bootTimeoutMs: number, loaded: string): Promise<void> {
    const stack = await this.#stackIfStill();
    // It was about to be ready, or to end.
    if (this.#state === 'ready' || this.#state === 'exited') return;
    this.#bootTimedOut = true;
    const error = new WorkerBootTimeoutError(this.id, bootTimeoutMs, loaded, stack);
    this.#lastWords.endedFor(error);
    this.#ready.reject(error);
    this.kill();
  }

  /** What it is doing, if its event loop stands still and that can be found out. */
  async #stackIfStill(): Promise<string | undefined> {
    if (this.#heartbeat.ageMs < STILL_MS) return undefined;
    const signal = AbortSignal.timeout(STACK_TIMEOUT_MS);
    const stack = await this.readStack(signal).catch(() => undefined);
    // One that was only late has turned since.
    if (stack !== undefined) await pause(2 * HEARTBEAT_MS);
    return this.#heartbeat.ageMs < STILL_MS ? undefined : stack;
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#bootDeadline?.cancel();
    const expected =
      (this.#state === 'draining' || this.#state === 'terminating') && !this.#bootTimedOut;
    this.#connections.ended();
    this.#exit = Object.freeze({ code, signal, expected });
    this.#state = 'exited';
    this.#ready.reject(this.#lastWords.bootError(this.#exit));
    this.#intake.ended(this.counts);
    this.#questions.giveUp();
    this.#exited.resolve(this.#exit);
    this.#events.state(this);
  }
}
