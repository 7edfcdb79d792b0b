import type { Socket } from 'node:net';
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import type {
  HandoffResult,
  PrimaryMessage,
  SharedWorkerState,
  WorkerBoot,
  WorkerHandle,
  WorkerHandleEvents,
  WorkerMessage,
} from '@sockpool/worker-supervisor';
import { SlotTable } from './slot-table.ts';
import type { ThreadPoolOptions } from './thread-pool-options.ts';
import type { ThreadBoot, ToWorker } from './worker-channel.ts';

const ENTRY = new URL('./worker-main.js', import.meta.url);

/** How worker threads run. */
export type ThreadSettings = Pick<
  ThreadPoolOptions,
  'resourceLimits' | 'env' | 'execArgv' | 'workerName'
>;

/** The primary's grip on one worker thread. */
export class WorkerThread implements WorkerHandle {
  readonly nativeId: number;
  readonly shared: SharedWorkerState;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #slots: SlotTable;
  #ended = false;

  constructor(settings: ThreadSettings, boot: WorkerBoot, events: WorkerHandleEvents) {
    const { port1, port2 } = new MessageChannel();
    const slots = new SlotTable(boot.maxConnections);
    const workerData: ThreadBoot = { sockpool: { boot, port: port2, slots: slots.buffer } };
    const { env, execArgv, resourceLimits, workerName } = settings;
    this.#port = port1;
    this.#slots = slots;
    this.#worker = new Worker(ENTRY, {
      workerData,
      transferList: [port2],
      name: workerName?.(boot.workerId) ?? `sockpool-${boot.workerId}`,
      ...(env !== undefined && { env }),
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(resourceLimits && { resourceLimits }),
    });
    this.nativeId = this.#worker.threadId;
    this.shared = {
      activeConnections: () => slots.active(),
      counts: () => slots.counts(),
      unaccepted: () => slots.handed(),
      heartbeatAgeMs: () => slots.heartbeatAgeMs(),
      eventLoopUtilization: () => slots.utilization(),
      loadSamples: () => slots.loadSamples(),
      wantPlaces: (wanted) => slots.wantPlaces(wanted),
    };
    port1.on('message', (message: WorkerMessage) => events.message(message));
    this.#worker
      .on('error', (error) =>
        events.error(error instanceof Error ? error : new Error(String(error))),
      )
      .once('exit', (code) => {
        this.#ended = true;
        for (let last = receiveMessageOnPort(port1); last; last = receiveMessageOnPort(port1)) {
          events.message(last.message as WorkerMessage);
        }
        port1.close();
        events.exit(code, null);
      });
  }

  send(message: PrimaryMessage): void {
    if (!this.#ended) this.#port.postMessage({ message } satisfies ToWorker);
  }

  handoff(_connectionId: number, connection: Socket): HandoffResult {
    // A thread id of -1 tells that the thread has ended, before its exit event does.
    if (this.#ended || this.#worker.threadId === -1) return 'gone';
    const slot = this.#slots.take();
    if (slot === undefined) return 'gone';
    const message: PrimaryMessage = { type: 'connection', connectionId: slot };
    this.#port.postMessage({ message, connection } satisfies ToWorker, [
      connection as unknown as MessagePort,
    ]);
    return 'moved';
  }

  /** Does nothing: a moved connection leaves no copy. */
  release(): void {}

  /** A moved connection cannot come back. */
  canReclaim(connection: Socket): boolean {
    return !connection.destroyed;
  }

  kill(): void {
    void this.#worker.terminate();
  }
}
