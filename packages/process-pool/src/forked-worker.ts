import { type ChildProcess, fork } from 'node:child_process';
import { on } from 'node:events';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type {
  ConnectionOptions,
  HandoffResult,
  PrimaryMessage,
  SharedSocket,
  WorkerBoot,
  WorkerHandle,
  WorkerHandleEvents,
} from '@sockpool/worker-supervisor';
import type { ForkSettings } from './fork-settings.ts';
import {
  CHANNEL,
  envelope,
  isEnvelope,
  type ProcessBoot,
  SHARED_SOCKET_FD,
  STACK_PIPE_FD,
  type ToWorker,
} from './worker-channel.ts';

const ENTRY = fileURLToPath(new URL('./worker-main.js', import.meta.url));

/** The listening sockets that a worker process gets to see. */
export interface ListeningSockets {
  /** The one that it is to accept on. */
  readonly shared: () => SharedSocket | undefined;
  /** The inode of one that it inherits without being meant to. */
  readonly inheritedInode: () => number | undefined;
}

/** Forks worker processes. */
export class ForkedWorkerSpawner {
  readonly #connection: Required<ConnectionOptions>;
  readonly #sockets: ListeningSockets;
  readonly #stackPipe: boolean;

  /**
   * @param connection how connections are set up
   * @param sockets what they listen on
   * @param stackPipe whether they can be asked for their stack
   */
  constructor(
    connection: Required<ConnectionOptions>,
    sockets: ListeningSockets,
    stackPipe: boolean,
  ) {
    this.#connection = connection;
    this.#sockets = sockets;
    this.#stackPipe = stackPipe;
  }

  /** Forks one worker process and tells it what to run. */
  spawn(boot: WorkerBoot, events: WorkerHandleEvents, settings: ForkSettings): WorkerHandle {
    const shared = boot.accepting ? this.#sockets.shared() : undefined;
    const { env, execArgv, cwd } = settings;
    const stdio: (number | 'inherit' | 'ipc' | 'ignore' | 'pipe')[] = [
      'inherit',
      'inherit',
      'inherit',
    ];
    stdio[SHARED_SOCKET_FD] = shared?.fd ?? 'ignore';
    stdio.push('ipc');
    if (this.#stackPipe) stdio[STACK_PIPE_FD] = 'pipe';
    const child = fork(ENTRY, [], {
      stdio,
      serialization: 'advanced',
      ...(env && { env }),
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(cwd !== undefined && { cwd }),
    });
    try {
      const worker = new ForkedWorker(child, events);
      worker.boot({
        ...boot,
        connection: this.#connection,
        backlog: shared?.backlog ?? 0,
        inheritedInode: this.#sockets.inheritedInode(),
        stackPipe: this.#stackPipe,
      });
      return worker;
    } catch (error) {
      // Such as for `workerData` that cannot be cloned. Nobody would ever hear of this process.
      child.removeAllListeners().on('error', () => undefined);
      child.kill('SIGKILL');
      throw error;
    }
  }
}

/** The primary's grip on one worker process. */
class ForkedWorker implements WorkerHandle {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, events: WorkerHandleEvents) {
    this.#child = child;
    // A worker that has no thread to ask, or is just ending, resets it.
    this.#stackPipe?.on('error', () => undefined);
    let ended: readonly [number | null, NodeJS.Signals | null] | undefined;
    const report = (): void => {
      if (ended === undefined || child.connected) return;
      const [code, signal] = ended;
      ended = undefined;
      events.exit(code, signal);
    };
    child
      .on('message', (message: unknown) => {
        if (isEnvelope(message)) events.message(message[CHANNEL]);
      })
      // A failed spawn, such as for want of processes, has no exit event; other errors
      // (a message to a process that is just ending) are followed by one.
      .on('error', (error) => {
        events.error(error);
        if (child.pid === undefined) events.exit(null, null);
      })
      // Its last messages may arrive after its exit, so wait for the channel's end as well.
      .once('exit', (code, signal) => {
        ended = [code, signal];
        report();
      })
      .once('disconnect', report);
  }

  get nativeId(): number {
    return this.#child.pid ?? -1;
  }

  /** The worker's thread for emergencies answers, see `stack-thread.ts`. */
  async takeStack(signal: AbortSignal): Promise<string> {
    const pipe = this.#stackPipe;
    if (pipe === undefined) throw new Error('the worker has no pipe');
    pipe.setEncoding('utf8').write('?');
    let stack = '';
    for await (const [chunk] of on(pipe, 'data', { close: ['end'], signal })) stack += chunk;
    if (stack === '') throw new Error('the worker ended before it answered');
    return stack;
  }

  get #stackPipe(): Socket | undefined {
    const stdio: readonly unknown[] = this.#child.stdio;
    const pipe = stdio[STACK_PIPE_FD];
    return pipe instanceof Socket ? pipe : undefined;
  }

  boot(boot: ProcessBoot): void {
    this.#post({ type: 'boot', boot });
  }

  send(message: PrimaryMessage): void {
    this.#post(message);
  }

  handoff(connectionId: number, connection: Socket): HandoffResult {
    if (!this.#child.connected) return 'gone';
    this.#post({ type: 'connection', connectionId }, connection);
    return 'pending';
  }

  release(connection: Socket): void {
    connection.destroy();
  }

  canReclaim(connection: Socket): boolean {
    return !connection.destroyed;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #post(message: ToWorker, connection?: Socket): void {
    if (!this.#child.connected) return;
    // A failure means that the process is ending: its exit event tells the supervisor, which
    // dispatches anew what was not accepted.
    this.#child.send(envelope(message), connection, { keepOpen: true }, () => undefined);
  }
}
