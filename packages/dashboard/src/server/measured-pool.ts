import type { AddressInfo } from 'node:net';
import type { ControllablePool } from '@sockpool/control';
import type { PoolMetrics } from '@sockpool/metrics';

/** What the dashboard uses of a pool: a `ProcessPool` and a `ThreadPool` fit, by their shape. */
export interface DashboardPool extends ControllablePool {
  readonly addresses: readonly (AddressInfo | string)[];
  metrics(): PoolMetrics;
  health(): PoolHealthLike;
  connections(options: { readonly limit: number }): Promise<readonly WorkerConnectionsLike[]>;
}

/** How a pool is. */
export interface PoolHealthLike {
  readonly liveness: { readonly ok: boolean };
  readonly readiness: { readonly ok: boolean; readonly reasons: readonly string[] };
  readonly workers: readonly {
    readonly workerId: number;
    readonly nativeId: number;
    readonly generation: number;
    readonly state: string;
    readonly condition: string;
    readonly blockedMs: number;
  }[];
}

/** The connections of one worker. */
export interface WorkerConnectionsLike {
  readonly workerId: number;
  readonly nativeId: number;
  readonly generation: number;
  readonly state: string;
  readonly activeConnections: number;
  /** Undefined when the worker does not answer. */
  readonly connections: readonly ConnectionLike[] | undefined;
}

/** One connection. */
export interface ConnectionLike {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly state: string;
  readonly stateForMs: number;
  readonly activity: string;
  readonly activityForMs: number;
  readonly request: string | undefined;
}
