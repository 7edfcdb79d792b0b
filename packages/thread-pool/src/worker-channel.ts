import type { MessagePort } from 'node:worker_threads';
import type { Socket } from 'node:net';
import type { PrimaryMessage, WorkerBoot } from '@sockpool/worker-supervisor';

/** What a worker thread finds in Node's `workerData`. */
export interface ThreadBoot {
  readonly sockpool: {
    readonly boot: WorkerBoot;
    /** The line to the primary. A port of the pool's own leaves `parentPort` to the user. */
    readonly port: MessagePort;
    /** The memory of the worker's `SlotTable`. */
    readonly slots: SharedArrayBuffer;
  };
}

/** What crosses the port to a worker. */
export interface ToWorker {
  readonly message: PrimaryMessage;
  /** Moved, not copied; the worker's slot number is the message's `connectionId`. */
  readonly connection?: Socket;
}
