import { type Channel, channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { EventEmitter } from 'node:events';
import type { RecycleReason } from '../options/workers/recycle-options.ts';
import type { ShedReason } from '../options/overload-options.ts';
import type { RestartReport } from '../options/workers/restart-options.ts';
import type { WorkerInfo } from '../options/workers/worker-info.ts';
import type { ConnectionRefusalReason } from './refused-connection.ts';
import type { WorkerExit } from './worker-handle.ts';

/** A connection of a worker, as messages of `sockpool:connection` name it. */
export interface NamedConnection {
  /** The worker's slot. */
  readonly workerId: number;
  readonly generation: number;
  /** Which of the worker's connections it is, counted from 1. */
  readonly connectionId: number;
  /** The connection itself, as it was accepted: without the layer of the option `tls`. */
  readonly connection: Socket;
}

/**
 * What `sockpool:connection` publishes: in the worker what becomes of its connections, in the primary
 * those that it rejects.
 */
export type ConnectionDiagnostics =
  /** A connection has come; nothing has been read of it. */
  | ({ readonly event: 'open' } & NamedConnection)
  /** It has ended. */
  | ({ readonly event: 'close'; readonly openForMs: number } & NamedConnection)
  /** `protection`, `proxyProtocol` or `tls` has refused or cut one. */
  | {
      readonly event: 'refused';
      readonly workerId: number;
      readonly generation: number;
      readonly reason: ConnectionRefusalReason;
      readonly remoteAddress: string | undefined;
      readonly error: Error | undefined;
    }
  /** The primary has rejected it for want of capacity. */
  | {
      readonly event: 'shed';
      readonly pool: EventEmitter;
      readonly reason: ShedReason;
      readonly remoteAddress: string | undefined;
      readonly waitedMs: number;
    };

/** What `sockpool:worker` publishes in the primary: the life of workers. */
export type WorkerDiagnostics = { readonly pool: EventEmitter } & (
  | { readonly event: 'ready'; readonly worker: WorkerInfo }
  | {
      readonly event: 'exit';
      readonly worker: WorkerInfo;
      readonly exit: WorkerExit;
      readonly error: Error | undefined;
    }
  /** Its event loop stands still; it is being killed. */
  | {
      readonly event: 'stuck';
      readonly worker: WorkerInfo;
      readonly blockedMs: number;
      readonly stack: string | undefined;
    }
  /** It has reached a limit of `recycle` and is about to be replaced. */
  | { readonly event: 'recycle'; readonly worker: WorkerInfo; readonly reason: RecycleReason }
  /** The dead worker of a slot will be replaced after so long. */
  | {
      readonly event: 'respawn';
      readonly workerId: number;
      readonly delayMs: number;
      readonly crashes: number;
    }
);

/** What `sockpool:restart` publishes in the primary. */
export type RestartDiagnostics = { readonly pool: EventEmitter } & (
  | { readonly event: 'begin'; readonly generation: number }
  | { readonly event: 'done'; readonly generation: number; readonly report: RestartReport }
  | { readonly event: 'failed'; readonly error: Error }
);

/** The channels of `node:diagnostics_channel`. Whoever publishes looks at `hasSubscribers` before. */
export const DIAGNOSTICS: Readonly<{
  connection: Channel<unknown, ConnectionDiagnostics>;
  worker: Channel<unknown, WorkerDiagnostics>;
  restart: Channel<unknown, RestartDiagnostics>;
}> = Object.freeze({
  connection: channel('sockpool:connection'),
  worker: channel('sockpool:worker'),
  restart: channel('sockpool:restart'),
});
