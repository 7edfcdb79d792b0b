import type { Server, Socket } from 'node:net';
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import {
  type ConnectionOptions,
  DescriptorReserve,
  type HandoffResult,
  hasDescriptor,
  inspectorIsOpen,
  type PrimaryMessage,
  type SharedWorkerState,
  type WorkerBoot,
  type WorkerHandle,
  type WorkerHandleEvents,
} from '@sockpool/pool-core';
import type { ListenerCopy } from './listener-copies.ts';
import { LostMoves } from './lost-moves.ts';
import { endsOf } from './stranded-sockets.ts';
import { SlotTable } from './slot-table.ts';
import type { ThreadListener } from './thread-acceptors.ts';
import { forwardOutput } from './thread-output.ts';
import type { ThreadSettings } from './thread-settings.ts';
import { threadStack } from './thread-stack.ts';
import type { ThreadBoot, ToWorker } from './worker-channel.ts';

const ENTRY = new URL('./worker-main.js', import.meta.url);

/** Counts what moves take: each one a descriptor, until the thread has it. */
const descriptors = new DescriptorReserve();

/** Whether a connection can be moved to a thread now. */
export function canMove(): boolean {
  // One is enough: the primary's own is closed by the move. Where there are few, anything may have
  // taken them since the last look.
  return (!descriptors.taken() && !descriptors.losable) || hasDescriptor();
}

/** What a worker thread is started with. */
export interface ThreadStart {
  readonly settings: ThreadSettings;
  readonly connection: Required<ConnectionOptions>;
  /** Of a worker that is to accept by itself, in the order of the pool's addresses. */
  readonly listeners: readonly ThreadListener[];
}

/** The primary's grip on one worker thread. */
export class ThreadWorker implements WorkerHandle {
  readonly nativeId: number;
  readonly shared: SharedWorkerState;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #slots: SlotTable;
  readonly #lost: LostMoves;
  readonly #copies: readonly ListenerCopy[];
  #ended = false;
  #spawnError: Error | undefined;

  constructor(start: ThreadStart, boot: WorkerBoot, events: WorkerHandleEvents) {
    const { settings, connection, listeners } = start;
    const { port1, port2 } = new MessageChannel();
    const slots = new SlotTable(boot.maxConnections);
    const backlogs = listeners.map(({ backlog }) => backlog);
    const workerData: ThreadBoot = {
      sockpool: { boot, port: port2, slots: slots.buffer, connection, backlogs },
    };
    const { env, execArgv, resourceLimits, workerName } = settings;
    this.#port = port1;
    this.#slots = slots;
    this.#worker = new Worker(ENTRY, {
      workerData,
      transferList: [port2],
      stdout: true,
      stderr: true,
      name: workerName?.(boot.workerId) ?? `sockpool-${boot.workerId}`,
      ...(env !== undefined && { env }),
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(resourceLimits && { resourceLimits }),
    });
    forwardOutput(this.#worker);
    this.nativeId = this.#worker.threadId;
    this.shared = {
      activeConnections: () => slots.active(),
      counts: () => slots.counts(),
      unaccepted: () => slots.handed(),
      heartbeatAgeMs: () => slots.heartbeatAgeMs(),
      eventLoopUtilization: () => slots.utilization(),
      heartbeats: () => slots.heartbeats(),
      wantCapacity: (wanted) => slots.wantCapacity(wanted),
    };
    this.#lost = new LostMoves(slots, {
      probe: (requestId) => this.send({ type: 'report', requestId }),
      lost: (lost) => {
        events.message({
          type: 'log',
          level: 'warn',
          message:
            `${lost.length} connections have not reached a worker: other threads took the last file ` +
            'descriptors; they are closed; raise the limit (ulimit -n), or allow fewer connections',
          fields: undefined,
        });
        for (const connectionId of lost) events.message({ type: 'closed', connectionId });
      },
    });
    port1.on('message', (message: unknown) => {
      if (!this.#lost.hear(message)) events.message(message);
    });
    this.#worker
      .on('error', (error: unknown) => {
        if (isSpawnFailure(error)) this.#spawnError = error;
        else events.error(error);
      })
      .once('exit', (code) => {
        this.#ended = true;
        for (const copy of this.#copies) copy.cancel();
        this.#lost.stop();
        for (let last = receiveMessageOnPort(port1); last; last = receiveMessageOnPort(port1)) {
          events.message(last.message);
        }
        port1.close();
        if (this.#spawnError === undefined) events.exit(code, null);
        else events.spawnFailed(this.#spawnError);
      });
    // Last, so that there is no listener when a thread cannot be made.
    this.#copies = listeners.map((listener) => listener.copy());
    for (const [addressIndex, { made }] of this.#copies.entries()) {
      made.then(
        (listener) => this.#giveListener(listener, addressIndex),
        (error: Error) => this.#denyListener(error, addressIndex),
      );
    }
  }

  /** Whoever debugs the main thread debugs the threads as well. */
  get debugged(): boolean {
    return inspectorIsOpen();
  }

  send(message: PrimaryMessage): void {
    this.#post({ type: 'message', message });
  }

  handoff(_connectionId: number, connection: Socket, addressIndex: number): HandoffResult {
    // A thread id of -1 tells that the thread has ended, before its exit event does.
    if (this.#ended || this.#worker.threadId === -1) return 'gone';
    const slot = this.#slots.take();
    if (slot === undefined) return 'gone';
    const message: PrimaryMessage = { type: 'connection', connectionId: slot, addressIndex };
    // Asked before, since the move takes the connection from its socket.
    const ends = descriptors.losable ? endsOf(connection) : undefined;
    this.#post({ type: 'message', message, connection }, connection);
    this.#lost.add(slot, ends);
    return 'moved';
  }

  /** Does nothing: a moved connection leaves no copy. */
  release(): void {}

  /** A moved connection cannot come back. */
  canReclaim(connection: Socket): boolean {
    return !connection.destroyed;
  }

  takeStack(signal: AbortSignal): Promise<string> {
    return threadStack(this.nativeId, signal);
  }

  kill(): void {
    void this.#worker.terminate();
  }

  #giveListener(listener: Server, addressIndex: number): void {
    if (!hasDescriptor()) {
      // Node would swallow it, and keep the port open.
      listener.close();
      this.#denyListener(
        new Error('Cannot move a listener: no file descriptors left'),
        addressIndex,
      );
      return;
    }
    // If another thread has just taken the last one, it stays here and accepts, of which Node does
    // not know any more.
    listener.unref().on('connection', (connection: Socket) => connection.destroy());
    this.#post({ type: 'listener', listener, addressIndex }, listener);
    // Nothing is moved to a thread that has ended; here nobody would serve its clients.
    if (listener.listening) listener.close();
  }

  /** It is not its fault that it ends for this. */
  #denyListener(error: Error, addressIndex: number): void {
    this.#spawnError = error;
    this.#post({ type: 'noListener', reason: error.message, addressIndex });
  }

  #post(message: ToWorker, moved?: Socket | Server): void {
    if (this.#ended) return;
    // Node moves both, which its type declarations do not say yet.
    this.#port.postMessage(message, moved === undefined ? [] : [moved as unknown as MessagePort]);
  }
}

/** Whether an error tells that there is no thread, such as without a free descriptor for its loop. */
function isSpawnFailure(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_INIT_FAILED';
}
