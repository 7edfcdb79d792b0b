import type { ConnectionHandler, WorkerContext } from '@sockpool/handler';
import {
  loadHandler,
  programOf,
  setChannelLine,
  setCurrentWorker,
  setLeadership,
  WorkerHooks,
  WorkerLeadership,
} from '@sockpool/handler/hosting';
import type { ChannelMessage, ChannelTaken } from '../protocol/channel-message.ts';
import type { WorkerMessage } from '../protocol/messages.ts';
import type { WorkerBoot } from '../protocol/worker-handle.ts';
import { WorkerChannels } from './worker-channels.ts';

/** What the primary tells a worker that is for its program. */
export type ProgramMessage = ChannelMessage | ChannelTaken | { readonly type: 'lead' };

/** The way to the primary. */
export interface ProgramLine {
  send(message: WorkerMessage): void;
  /** Says whether it keeps the event loop alive. */
  keepAlive(keeps: boolean): void;
}

/** What is to be done at the end, when the grace period is over by then, has so many milliseconds. */
const LAST_STOP_MS = 1_000;

/**
 * What a worker's program has of its pool besides connections: who it is, what it does at its start
 * and its end, channels to the others, and the leadership.
 */
export class WorkerProgram {
  readonly #boot: WorkerBoot;
  readonly #worker: WorkerContext;
  readonly #line: ProgramLine;
  readonly #hooks = new WorkerHooks();
  readonly #channels: WorkerChannels;
  readonly #leadership: WorkerLeadership;
  #loading = false;

  /**
   * @param boot what the worker was told
   * @param worker what its handlers know of it
   * @param line the way to the primary
   */
  constructor(boot: WorkerBoot, worker: WorkerContext, line: ProgramLine) {
    this.#boot = boot;
    this.#worker = worker;
    this.#line = line;
    const send = (message: WorkerMessage): void => {
      // One that asks something of the pool while it loads may wait for the answer.
      if (this.#loading) line.keepAlive(true);
      line.send(message);
    };
    this.#channels = new WorkerChannels(boot.maxQueuedBytes, send);
    this.#leadership = new WorkerLeadership(
      {
        want: () => send({ type: 'leadershipWanted' }),
        release: () => send({ type: 'leadershipReleased' }),
        waitUntil: (work) => worker.waitUntil(work),
        failed: (error) => this.#onTaskError(error),
      },
      worker.signal,
    );
  }

  /**
   * Loads the handler module. A program that is hosted has its event loop to itself meanwhile: the
   * process tells by 'beforeExit' when nothing is left that it waits for.
   *
   * @throws {unknown} what `loadHandler()` does
   */
  async load(): Promise<ConnectionHandler> {
    this.#tell();
    const { handlerUrl } = this.#boot;
    this.#loading = true;
    if (programOf(handlerUrl) !== handlerUrl) this.#line.keepAlive(false);
    try {
      return await loadHandler(handlerUrl);
    } finally {
      this.#loading = false;
      this.#line.keepAlive(true);
    }
  }

  /** Lets the program know where it is, before it is loaded. */
  #tell(): void {
    const { workerId: id, generation, addresses } = this.#boot;
    const worker = this.#worker;
    const { signal, logger, workerData, waitUntil } = worker;
    const { onStart, onStop } = this.#hooks;
    setCurrentWorker({
      id,
      generation,
      addresses,
      signal,
      logger,
      workerData,
      waitUntil,
      onStart,
      onStop,
      get departure() {
        return worker.departure;
      },
    });
    setChannelLine(this.#channels.line);
    setLeadership(this.#leadership);
  }

  /** Takes a message of the primary. */
  receive(message: ProgramMessage): void {
    if (message.type === 'channelMessage') this.#channels.receive(message);
    else if (message.type === 'channelTaken') this.#channels.taken(message.bytes);
    else this.#leadership.lead();
  }

  /**
   * Does what is to be done before the worker takes connections.
   *
   * @throws {unknown} what that throws
   */
  start(): Promise<void> {
    return this.#hooks.start(this.#boot.handlerUrl, this.#worker);
  }

  /** Does what is to be done after the last connection, once; undefined when there is nothing. */
  stop(): Promise<void> | undefined {
    return this.#hooks.stops ? this.#hooks.stop(this.#worker) : undefined;
  }

  /**
   * The grace period is over. What is to be done at the end has a last moment, if that has not begun
   * long before.
   *
   * @returns undefined when there is nothing to wait for
   */
  stopNow(): Promise<void> | undefined {
    if (!this.#hooks.stops) return undefined;
    const begunBefore = this.#hooks.stopping;
    const stopped = this.#hooks.stop(this.#worker);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, begunBefore ? 0 : LAST_STOP_MS);
    return Promise.race([stopped.then(() => true), late.then(() => false)]).then((done) => {
      clearTimeout(timer);
      if (done) return;
      this.#worker.logger.warn(
        `Worker ${this.#boot.workerId} ends before its onWorkerStop() is done: the grace period is over`,
      );
    });
  }

  #onTaskError(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#worker.logger.error(`A task of runOnLeader() failed: ${reason}`, { error });
  }
}
