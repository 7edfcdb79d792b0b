import type { EventEmitter } from 'node:events';
import type { AddressInfo, BoundSocket, Server } from 'node:net';

/** A worker, as a pool names it. */
export interface ControlledWorker {
  readonly workerId: number;
  /** Process id or thread id. */
  readonly nativeId: number;
  readonly generation: number;
  readonly state: string;
}

/** How workers are to be exchanged. Only what is no code can be told over the control API. */
export interface ChangeTerms {
  /**
   * Time for leaving workers to finish their connections, in milliseconds.
   * @default as the pool says
   */
  readonly graceMs?: number;
  /**
   * How long new workers serve before others leave, in milliseconds.
   * @default as the pool says
   */
  readonly minReadyMs?: number;
  /**
   * How many new workers boot at a time.
   * @default as the pool says
   */
  readonly parallelBoots?: number;
}

/** What a server listens on beside a pool. */
export interface ControlListener {
  readonly address: AddressInfo | string;
  /** False when it is closed, or an upgrade has handed it over. */
  readonly open: boolean;
  /** Returns whether nobody listens there from now on. */
  close(): boolean;
}

/** What the control server uses of a pool: a `ProcessPool` and a `ThreadPool` fit, by their shape. */
export interface ControllablePool extends Pick<EventEmitter, 'on' | 'off' | 'once'> {
  readonly state: string;
  readonly address: AddressInfo | string | undefined;
  readonly workerCount: number;
  stats(): Promise<object>;
  health(): {
    readonly liveness: { readonly ok: boolean };
    readonly readiness: { readonly ok: boolean };
  };
  metrics(): object;
  connections(options: { readonly limit: number }): Promise<readonly object[]>;
  inspect(options: {
    readonly workerId: number;
    readonly nativeId?: number;
    readonly take: 'stack' | 'cpuProfile' | 'heapSnapshot';
    readonly durationMs?: number;
    readonly signal: AbortSignal;
  }): AsyncIterable<string>;
  restart(options: ChangeTerms & { readonly maxSurge?: number }): Promise<object>;
  retire(workerId: number, options: Omit<ChangeTerms, 'parallelBoots'>): Promise<object>;
  resize(workers: number, options: ChangeTerms): Promise<object>;
  pause(): void;
  resume(): void;
  close(options?: { readonly graceMs?: number }): Promise<object>;
  destroy(): Promise<object>;
  /** Of a pool that can be upgraded: listens on a socket that goes to the new primary. */
  listenBeside?(
    server: Server,
    options: { readonly name: string; readonly onHandOver: () => void } & (
      | { readonly host: string; readonly port: number }
      | { readonly bind: () => Promise<{ readonly socket: BoundSocket; readonly path: string }> }
    ),
  ): Promise<ControlListener>;
  /** Only `ProcessPool` has it. */
  upgrade?(options: { readonly graceMs?: number; readonly timeoutMs?: number }): Promise<object>;
}
