import type { MessagePort } from 'node:worker_threads';
import type { Server, Socket } from 'node:net';
import type { ConnectionOptions, PrimaryMessage, WorkerBoot } from '@sockpool/pool-core/worker';

/** What a worker thread finds in Node's `workerData`. */
export interface ThreadBoot {
  readonly sockpool: {
    readonly boot: WorkerBoot;
    /** The line to the primary. A port of the pool's own leaves `parentPort` to the user. */
    readonly port: MessagePort;
    /** The memory of the worker's `SlotTable`. */
    readonly slots: SharedArrayBuffer;
    readonly connection: Required<ConnectionOptions>;
    /** Connections that may wait in the kernel at each address, for listeners of the worker's own. */
    readonly backlogs: readonly number[];
  };
}

/** What crosses the port to a worker. */
export type ToWorker =
  | {
      readonly type: 'message';
      readonly message: PrimaryMessage;
      /** Moved, not copied; the worker's slot number is the message's `connectionId`. */
      readonly connection?: Socket;
    }
  /** A listener of a worker that accepts by itself, and for which of the pool's addresses, from 0. */
  | { readonly type: 'listener'; readonly listener: Server; readonly addressIndex: number }
  | { readonly type: 'noListener'; readonly reason: string; readonly addressIndex: number };
