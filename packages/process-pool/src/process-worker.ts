import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import {
  type ConnectionOptions,
  type HandoffResult,
  opensInspector,
  type PrimaryMessage,
  type SharedSocket,
  type WorkerBoot,
  type WorkerHandle,
  type WorkerHandleEvents,
} from '@sockpool/pool-core';
import type { FirstWorker } from './first-worker.ts';
import { forkWorker, sparesOf, type WorkerLaunch } from './fork-worker.ts';
import type { ProcessSettings } from './process-settings.ts';
import { InspectorPorts } from './inspector-ports.ts';
import { Outbox } from './outbox.ts';
import { PendingHandoffs } from './pending-handoffs.ts';
import { StackPipe } from './stack-pipe.ts';
import { CHANNEL, envelope, isEnvelope, STACK_PIPE_FD, type ToWorker } from './worker-channel.ts';

/** Signals that a worker ignores as soon as it can. */
const DEAF_TO: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']);

/** How many times in a row a worker is forked that such signals end while it starts. */
const MAX_FORKS = 10;

/** How long after a worker's exit its last messages are awaited, and how often is looked, in milliseconds. */
const LAST_MESSAGES_MS = 1_000;
const LOOK_MS = 5;

/** Forks worker processes. */
export class ProcessWorkerSpawner {
  readonly #connection: Required<ConnectionOptions>;
  readonly #shared: () => readonly SharedSocket[];
  readonly #stackPipe: boolean;
  readonly #firstWorker: FirstWorker | undefined;
  readonly #inspectorPorts = new InspectorPorts();

  /**
   * @param connection how connections are set up
   * @param shared the sockets that workers accept on by themselves, in the order of the addresses
   * @param stackPipe whether they can be asked for their stack
   * @param firstWorker one that is forked already
   */
  constructor(
    connection: Required<ConnectionOptions>,
    shared: () => readonly SharedSocket[],
    stackPipe: boolean,
    firstWorker: FirstWorker | undefined,
  ) {
    this.#firstWorker = firstWorker;
    this.#connection = connection;
    this.#shared = shared;
    this.#stackPipe = stackPipe;
  }

  /** Forks one worker process and tells it what to run. */
  spawn(boot: WorkerBoot, events: WorkerHandleEvents, settings: ProcessSettings): WorkerHandle {
    const { env = process.env, execArgv = process.execArgv } = settings;
    const inspector = this.#inspectorPorts.take(execArgv, env);
    const exit: WorkerHandleEvents['exit'] = (...how) => {
      inspector?.release();
      events.exit(...how);
    };
    const spawnFailed: WorkerHandleEvents['spawnFailed'] = (error) => {
      inspector?.release();
      events.spawnFailed(error);
    };
    try {
      return new ProcessWorker(
        () => this.#fork(boot, { ...settings, execArgv: inspector?.execArgv ?? execArgv }),
        opensInspector(execArgv, env),
        { ...events, exit, spawnFailed },
      );
    } catch (error) {
      inspector?.release();
      throw error;
    }
  }

  #fork(boot: WorkerBoot, settings: ProcessSettings): ChildProcess {
    const shared = boot.accepting ? this.#shared() : [];
    const launch: WorkerLaunch = {
      ...settings,
      stackPipe: this.#stackPipe,
      sockets: shared.map(({ fd, backlog, path }, addressIndex) => ({
        fd,
        addressIndex,
        backlog,
        // Node cannot park one of a path, so that each more would take a client that it cannot serve.
        spares: path ? 0 : sparesOf(boot.acceptBurst, boot.maxConnections),
      })),
    };
    const { child, foreignSockets } = this.#firstWorker?.take(launch) ?? forkWorker(launch);
    try {
      const message: ToWorker = {
        type: 'boot',
        boot: {
          ...boot,
          connection: this.#connection,
          sockets: launch.sockets.map(({ addressIndex, backlog, spares }) => ({
            addressIndex,
            backlog,
            spares,
          })),
          foreignSockets,
          stackPipe: this.#stackPipe,
        },
      };
      if (child.connected) child.send(envelope(message), () => undefined);
      return child;
    } catch (error) {
      // Such as for `workerData` that cannot be cloned. Nobody would ever hear of this process.
      child.removeAllListeners().on('error', () => undefined);
      child.kill('SIGKILL');
      throw error;
    }
  }
}

/**
 * The primary's grip on one worker process.
 *
 * Signals to all processes, such as by a service manager, end Node while it starts. A worker
 * that ends by one of them before it can ignore it is forked anew, and nobody hears of it.
 */
class ProcessWorker implements WorkerHandle {
  readonly debugged: boolean;
  readonly #fork: () => ChildProcess;
  readonly #events: WorkerHandleEvents;
  /** What the worker was sent before it was heard of, for one that is forked in its place. */
  #unheard: ToWorker[] | undefined = [];
  readonly #handoffs: PendingHandoffs;
  readonly #outbox: Outbox;
  /** Of the process that there is; one that is forked in its place has its own. */
  readonly #stackPipes = new WeakMap<Socket, StackPipe>();
  #forks = 0;
  #leaving = false;
  #child: ChildProcess;

  /**
   * @param doFork forks the process and tells it what to run
   * @param debugged whether it may stand still for a debugger
   * @param events where it is told what the worker does
   */
  constructor(doFork: () => ChildProcess, debugged: boolean, events: WorkerHandleEvents) {
    this.#fork = doFork;
    this.debugged = debugged;
    this.#events = events;
    this.#handoffs = new PendingHandoffs({
      // Past what waits, which it would keep waiting.
      probe: (requestId) => this.#transmit({ type: 'report', requestId }),
      missing: (connectionIds) => {
        // What waits would not reach it either.
        for (const connectionId of [...connectionIds, ...this.#outbox.takeBack()]) {
          events.message({ type: 'refused', connectionId });
        }
      },
      warn: (message) => events.message({ type: 'log', level: 'warn', message, fields: undefined }),
    });
    this.#outbox = new Outbox(this.#handoffs, (message, connection) =>
      this.#transmit(message, connection),
    );
    this.#child = this.#start();
  }

  #start(): ChildProcess {
    const events = this.#events;
    const child = this.#fork();
    this.#forks += 1;
    // A worker that has no thread to ask, or is just ending, resets it.
    stackPipeOf(child)?.on('error', () => undefined);
    let ended: readonly [number | null, NodeJS.Signals | null] | undefined;
    const report = (): void => {
      if (ended === undefined || child.connected) return;
      const [code, signal] = ended;
      ended = undefined;
      if (this.#startAgain(signal)) return;
      this.#outbox.clear();
      this.#handoffs.stop();
      events.exit(code, signal);
    };
    child
      .on('message', (message: unknown) => {
        if (!isEnvelope(message)) return;
        this.#unheard = undefined;
        const said = message[CHANNEL];
        for (const each of Array.isArray(said) ? (said as unknown[]) : [said]) {
          if (!this.#handoffs.hear(each)) events.message(each);
        }
        this.#outbox.flush();
      })
      // A failed spawn, such as at the limit of processes, has no exit event; other errors
      // (a message to a process that is just ending) are followed by one.
      .on('error', (error) => {
        if (child.pid !== undefined) {
          events.error(error);
          return;
        }
        this.#handoffs.stop();
        events.spawnFailed(error);
      })
      // Its last messages may arrive after its exit, so wait for the channel's end as well.
      .once('exit', (code, signal) => {
        ended = [code, signal];
        channelEnded(child, report);
      })
      .once('disconnect', report);
    return child;
  }

  #startAgain(signal: NodeJS.Signals | null): boolean {
    const unheard = this.#unheard;
    if (unheard === undefined || this.#leaving || this.#forks >= MAX_FORKS) return false;
    if (signal === null || !DEAF_TO.has(signal)) return false;
    try {
      this.#child = this.#start();
    } catch (error) {
      this.#events.error(error);
      return false;
    }
    // One that could not be spawned has no channel; its error is told.
    if (!this.#child.connected) return true;
    for (const message of unheard) this.#child.send(envelope(message), () => undefined);
    return true;
  }

  get nativeId(): number {
    return this.#child.pid ?? -1;
  }

  /** The worker's thread for emergencies answers, see `stack-main.ts`. */
  async takeStack(signal: AbortSignal): Promise<string> {
    const pipe = stackPipeOf(this.#child);
    if (pipe === undefined) {
      throw new Error('that needs health.stack, and health.stuckTimeoutMs below Infinity');
    }
    const stackPipe = this.#stackPipes.get(pipe) ?? new StackPipe(pipe);
    this.#stackPipes.set(pipe, stackPipe);
    return stackPipe.ask(signal);
  }

  send(message: PrimaryMessage): void {
    if (message.type === 'drain' || message.type === 'terminate') this.#leaving = true;
    this.#post(message);
  }

  handoff(connectionId: number, connection: Socket, addressIndex: number): HandoffResult {
    if (!this.#child.connected) return 'gone';
    this.#outbox.add({ type: 'connection', connectionId, addressIndex }, connection);
    return 'pending';
  }

  release(connection: Socket): void {
    connection.destroy();
  }

  canReclaim(connection: Socket): boolean {
    return !connection.destroyed;
  }

  kill(): void {
    this.#leaving = true;
    this.#child.kill('SIGKILL');
  }

  #post(message: ToWorker): void {
    this.#unheard?.push(message);
    if (this.#child.connected) this.#outbox.add(message);
  }

  #transmit(message: ToWorker, connection?: Socket): void {
    if (!this.#child.connected) return;
    // A failure means that the process is ending: its exit event tells the supervisor, which
    // dispatches anew what was not accepted.
    this.#child.send(envelope(message), connection, KEEP_OPEN, ignore);
  }
}

const KEEP_OPEN = { keepOpen: true } as const;
const ignore = (): void => undefined;

/**
 * Calls back when the channel of a process that has exited brings nothing more. Node tells nobody
 * of its end while a connection is on its way there, since it waits for an acknowledgement.
 */
function channelEnded(child: ChildProcess, callback: () => void): void {
  const exitedAtMs = performance.now();
  const look = (): void => {
    if (child.connected && performance.now() - exitedAtMs < LAST_MESSAGES_MS) {
      setTimeout(look, LOOK_MS);
      return;
    }
    if (child.connected) {
      // A process that it has started holds the other end.
      child.channel?.unref();
      child.disconnect();
    }
    callback();
  };
  look();
}

function stackPipeOf(child: ChildProcess): Socket | undefined {
  // Node gives a process that could not be spawned none.
  const stdio: readonly unknown[] | undefined = child.stdio;
  const pipe = stdio?.[STACK_PIPE_FD];
  return pipe instanceof Socket ? pipe : undefined;
}
