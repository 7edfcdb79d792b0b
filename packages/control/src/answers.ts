import type { AddressInfo } from 'node:net';

/** Counters of one worker or of all. */
export interface CountsAnswer {
  readonly activeConnections: number;
  readonly totalConnections: number;
  readonly messages: number;
  readonly handlerErrors: number;
  readonly socketErrors: number;
  readonly acceptErrors: number;
  readonly refusedConnections: number;
}

/** A worker, as answers name it. */
export interface WorkerAnswer {
  readonly workerId: number;
  /** Process or thread id. */
  readonly nativeId: number;
  readonly generation: number;
  readonly state: 'starting' | 'ready' | 'draining' | 'terminating' | 'exited';
}

/** Which program it is. */
export interface AboutAnswer {
  readonly name: string;
  readonly pid: number;
  readonly node: string;
  readonly uptimeMs: number;
}

/** How a pool is, as its `health()` tells. */
export interface HealthAnswer {
  readonly state: 'idle' | 'starting' | 'listening' | 'closing' | 'closed';
  readonly liveness: { readonly ok: boolean; readonly reasons: readonly string[] };
  readonly readiness: { readonly ok: boolean; readonly reasons: readonly string[] };
  readonly workers: readonly (WorkerAnswer & {
    readonly condition: 'starting' | 'well' | 'busy' | 'hung' | 'stuck' | 'leaving' | 'dead';
    readonly blockedMs: number;
  })[];
}

/** What a worker reports. */
export interface ReportAnswer extends CountsAnswer {
  readonly lastConnectionAtMs: number;
  readonly heapUsedBytes: number;
  readonly rssBytes: number;
  readonly eventLoopUtilization: number;
}

/** What a pool has counted, as its `stats()` tells. */
export interface StatsAnswer {
  readonly state: HealthAnswer['state'];
  readonly address?: AddressInfo | string;
  /** Everywhere it listens; the first one is `address`. */
  readonly addresses: readonly (AddressInfo | string)[];
  readonly workers: readonly (WorkerAnswer & {
    readonly uptimeMs: number;
    readonly heartbeatAgeMs: number;
    readonly report?: ReportAnswer;
  })[];
  readonly total: CountsAnswer;
  readonly waitingConnections: number;
  readonly shedConnections: Readonly<Record<string, number>>;
  readonly refusedConnections: Readonly<Record<string, number>>;
  readonly lostConnections: number;
  readonly respawns: number;
  readonly recycles: number;
}

/** Everything that a pool has counted, as its `metrics()` tells; `PoolMetrics` of `@sockpool/metrics`. */
export interface MetricsAnswer {
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly state: HealthAnswer['state'];
  readonly generation: number;
  readonly workerCount: number;
  readonly total: SumsAnswer;
  readonly slots: readonly {
    readonly workerId: number;
    readonly workers: readonly object[];
    readonly sums: SumsAnswer;
    readonly refusedConnections: Readonly<Record<string, number>>;
  }[];
  /** The upper boundaries of all histograms, in seconds. A pool of an early version does not tell them. */
  readonly boundaries?: {
    readonly request: readonly number[];
    readonly delay: readonly number[];
    readonly connection: readonly number[];
    readonly pause: readonly number[];
  };
  readonly waitingConnections: number;
  readonly shedConnections: Readonly<Record<string, number>>;
  readonly refusedConnections: Readonly<Record<string, number>>;
  readonly lostConnections: number;
  readonly respawns: number;
  readonly recycles: number;
  readonly lostReports: number;
  readonly families: readonly object[];
}

/** What workers have counted, those that are gone included. */
export interface SumsAnswer {
  readonly counts: CountsAnswer;
  /** Not there without the pool option `metrics`. */
  readonly measures?: object;
}

/** Health and counters. */
export interface StatusAnswer extends AboutAnswer {
  readonly workerCount: number;
  readonly upgradable: boolean;
  readonly health: HealthAnswer;
  readonly stats: StatsAnswer;
}

/** One open connection, as the pool's `connections()` tells. */
export interface ConnectionAnswer {
  /** Which of its worker's connections it is, counted from 1. */
  readonly connectionId: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly state: 'serving' | 'idle' | 'draining';
  readonly stateForMs: number;
  readonly activity: 'serving' | 'idle';
  readonly activityForMs: number;
  readonly request?: string;
  readonly openForMs: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** The open connections of every worker. */
export interface ConnectionsAnswer {
  readonly workers: readonly (WorkerAnswer & {
    readonly activeConnections: number;
    /** Not there when the worker does not answer. */
    readonly connections?: readonly ConnectionAnswer[];
  })[];
}

/** What became of a worker that was replaced. */
export interface RetireAnswer {
  readonly workerId: number;
  readonly nativeId?: number;
  readonly cutConnections: number;
  readonly durationMs: number;
  readonly step?: string;
}

/** What became of a restart. */
export interface RestartAnswer {
  readonly generation: number;
  readonly cutConnections: number;
  readonly durationMs: number;
  /** How many old workers ended at which step. */
  readonly workers: Readonly<Record<string, number>>;
  readonly canary?: RetireAnswer;
}

/** What became of a resize. */
export interface ResizeAnswer {
  readonly workers: number;
  readonly previousWorkers: number;
  readonly cutConnections: number;
  readonly durationMs: number;
}

/** What became of a close. */
export interface CloseAnswer {
  readonly drainedConnections: number;
  readonly cutConnections: number;
  readonly durationMs: number;
  readonly workers: Readonly<Record<string, number>>;
}

/** What became of an upgrade. */
export interface UpgradeAnswer {
  readonly pid: number;
  readonly report: CloseAnswer;
}
