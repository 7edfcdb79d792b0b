import type { AddressInfo, Socket } from 'node:net';
import type { ResolvedAdmissionOptions } from '../options/admission-options.ts';
import type { ResolvedMetricsOptions } from '../options/metrics-options.ts';
import type { PrimaryMessage } from './messages.ts';
import type { WorkerCounts } from './worker-report.ts';

/** What a worker is told when it is spawned. Must survive a structured clone. */
export interface WorkerBoot {
  /** The worker's slot in the pool, from 0. */
  readonly workerId: number;
  /** The handler module, as a URL string. */
  readonly handlerUrl: string;
  /** Connections that the worker may have open at once. */
  readonly maxConnections: number;
  /** Clients that it accepts in one turn of its event loop at most, where it is a process that accepts by itself. */
  readonly acceptBurst: number;
  /** Whether the worker accepts by itself, where the kind of worker can. */
  readonly accepting: boolean;
  /** Whether the pool is paused: then a worker that accepts by itself begins parked. */
  readonly paused: boolean;
  /** Whether a listener of its own can leave clients to others for a while; false on unix-domain sockets. */
  readonly parks: boolean;
  /** Where the pool listens, in the order of `addressIndex`; paths for unix-domain sockets. */
  readonly addresses: readonly (AddressInfo | string)[];
  /** The pool's `workerData` option. */
  readonly workerData: unknown;
  /** What connections have to pass before the handler sees them. */
  readonly admission?: ResolvedAdmissionOptions | undefined;
  /** What may wait of the messages of channels, see `ChannelOptions`. */
  readonly maxQueuedBytes: number;
  /** What the worker measures, if anything. */
  readonly metrics?: ResolvedMetricsOptions | undefined;
  /** How many restarts the pool had when the worker was spawned. */
  readonly generation: number;
  /** Whether the worker, once ready, takes no connections until it is told to `activate`. */
  readonly standby: boolean;
}

/** How a worker ended. */
export interface WorkerExit {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it, or null. Threads know no signals. */
  readonly signal: NodeJS.Signals | null;
  /** Whether the pool had told it to go. */
  readonly expected: boolean;
}

/** Where a handle reports what its worker does. Nothing is called after `exit`. */
export interface WorkerHandleEvents {
  /** What the worker sent, whatever it is: its program may use the same line. */
  message(message: unknown): void;
  /** An uncaught error that is about to end the worker, where the kind of worker tells. */
  error(error: unknown): void;
  /** Called once, and nothing else: there is no worker, such as at the limit of processes. */
  spawnFailed(error: Error): void;
  /** Called once, after everything the worker sent has been delivered. */
  exit(code: number | null, signal: NodeJS.Signals | null): void;
}

/** What became of a handoff. */
export type HandoffResult =
  /** The worker will answer `accepted` or `refused`. */
  | 'pending'
  /** The connection is the worker's now; no answer will come. */
  | 'moved'
  /** The worker is gone; the connection is still the primary's. */
  | 'gone';

/** What a worker shares with the primary through memory, so that no message is needed. */
export interface SharedWorkerState {
  /** Connections handed over and not closed yet. */
  activeConnections(): number;
  /** The live counters. */
  counts(): WorkerCounts;
  /** Connections handed over that the worker has not begun to serve. */
  unaccepted(): number;
  /** How many times the worker's heart has beaten. */
  heartbeats(): number;
  /** Milliseconds since it last has, which shows that the event loop turns; `Infinity` before. */
  heartbeatAgeMs(): number;
  /** Share of time the worker's event loop was busy before the last beat, from 0 to 1. */
  eventLoopUtilization(): number;
  /** Tells the worker whether the primary waits for free capacity, and so wants to hear of closes. */
  wantCapacity(wanted: boolean): void;
}

/** The primary's grip on one worker, implemented by each kind of worker. */
export interface WorkerHandle {
  /** Process id or thread id. */
  readonly nativeId: number;
  /** Whether it may stand still for a debugger, so that it has no deadlines. */
  readonly debugged?: boolean;
  /** Set where worker and primary share memory. */
  readonly shared?: SharedWorkerState;
  /** Sends a control message. Does nothing when the worker is gone. */
  send(message: PrimaryMessage): void;
  /**
   * Moves a paused, accepted connection to the worker, with a `connection` message.
   *
   * @param connectionId what the worker calls it in its answer
   * @param connection the connection
   * @param addressIndex which of the pool's addresses it came to, from 0
   */
  handoff(connectionId: number, connection: Socket, addressIndex: number): HandoffResult;
  /** Lets go of the primary's copy of a connection that the worker has taken. */
  release(connection: Socket): void;
  /** Tells whether the primary still has a connection that the worker did not take. */
  canReclaim(connection: Socket): boolean;
  /**
   * Takes the stack of a worker that is stuck, one frame a line, where this kind of worker
   * can. The signal ends the attempt.
   */
  takeStack?(signal: AbortSignal): Promise<string>;
  /** Ends the worker at once, by force. Does nothing when it is gone. */
  kill(): void;
}

/** Spawns one worker; what it does is told to `events`, never before this returns. */
export type SpawnWorker = (boot: WorkerBoot, events: WorkerHandleEvents) => WorkerHandle;
