import type { CountsAnswer } from '@sockpool/control';
import type { PoolMetrics } from '@sockpool/metrics';

/** What the server tells the page: plain data, of which each line of `/live` has one part. */
export interface LiveMessage {
  /** The first line has everything; so has one after a pause of the reader. */
  readonly hello?: Hello;
  readonly sample?: PoolSample;
  /** What of the sample is kept. */
  readonly row?: HistoryRow;
  readonly event?: LoggedEvent;
  /** Null when no connection holds up a drain any more. */
  readonly drain?: Drain | null;
}

/** What a page needs to begin. */
export interface Hello {
  readonly about: {
    readonly name: string;
    readonly pid: number;
    readonly node: string;
    /** Whether there is a token with which the page can act. */
    readonly steerable: boolean;
    /** How often a sample is taken, in milliseconds. */
    readonly sampleMs: number;
    /** For how long samples are kept, in milliseconds. */
    readonly historyMs: number;
    /** Below the first no bucket tells latencies apart, and beyond the other neither; in milliseconds. */
    readonly latencyMs: { readonly finest: number; readonly coarsest: number };
  };
  /** What the numbers of a row are. */
  readonly columns: readonly HistoryColumn[];
  /** A row for each sample, the oldest first. */
  readonly history: readonly HistoryRow[];
  readonly marks: readonly Mark[];
  readonly events: readonly LoggedEvent[];
  readonly sample: PoolSample;
  readonly drain: Drain | null;
}

/** What of a sample is kept for the plots. */
export type HistoryColumn =
  | 'atMs'
  | 'requestsPerSecond'
  | 'connectionsPerSecond'
  | 'messagesPerSecond'
  | 'meanMs'
  | 'p50Ms'
  | 'p90Ms'
  | 'p99Ms'
  | 'activeConnections'
  | 'waitingConnections';

/** Null where there was nothing to measure. */
export type HistoryRow = readonly (number | null)[];

/** Something that the plots mark with a line. */
export interface Mark {
  readonly atMs: number;
  readonly kind: 'restart' | 'restarted' | 'failed' | 'resized' | 'replaced' | 'crash';
  readonly text: string;
}

/** An event of the pool, in words. */
export interface LoggedEvent {
  /** Counts up; tells the page what it has already. */
  readonly id: number;
  readonly atMs: number;
  readonly name: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
  /** More, such as a stack. */
  readonly details?: string;
  readonly mark?: Mark;
}

/** How requests took their time, in milliseconds. */
export interface Latency {
  /** Exact. */
  readonly meanMs: number;
  /** Estimated within the bucket of a histogram; below its first boundary that boundary. */
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
}

/** What the pool itself has counted. */
type CountedByPool =
  | 'waitingConnections'
  | 'shedConnections'
  | 'refusedConnections'
  | 'lostConnections'
  | 'respawns'
  | 'recycles'
  | 'stuckWorkers'
  | 'restarts'
  | 'resizes'
  | 'lostReports';

/** Everything that the page shows of one moment, but for the past. */
export interface PoolSample extends Pick<PoolMetrics, CountedByPool> {
  readonly atMs: number;
  readonly state: string;
  /** Where the pool listens; empty before and after. */
  readonly addresses: readonly string[];
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly generation: number;
  /** How many workers there are to be. */
  readonly workerCount: number;
  readonly startedAtMs: number;
  readonly totals: CountsAnswer;
  /** What the workers of a slot refused or cut, by cause; of slots where there was any. */
  readonly refusedBySlot: readonly {
    readonly workerId: number;
    readonly causes: Readonly<Record<string, number>>;
  }[];
  /** Whether workers measure themselves; without it there are no requests, latencies and memory. */
  readonly measured: boolean;
  /** HTTP requests so far. */
  readonly requests: number;
  /** What workers are compared by: HTTP requests where there are any, else messages, else connections. */
  readonly rateOf: 'requests' | 'messages' | 'connections';
  readonly requestsPerSecond: number;
  readonly connectionsPerSecond: number;
  readonly messagesPerSecond: number;
  /** Of the last seconds; null without HTTP requests in them. */
  readonly latency: Latency | null;
  /** How long connections waited in the queue in the last seconds; null when none did. */
  readonly queueWait: { readonly p50Ms: number; readonly p99Ms: number } | null;
  readonly primary: { readonly nativeId: number; readonly rssBytes: number };
  readonly workers: readonly WorkerRow[];
}

/** One worker, or a slot whose worker is dead. */
export interface WorkerRow {
  readonly workerId: number;
  readonly nativeId: number;
  readonly generation: number;
  readonly state: string;
  /** As the pool's health tells it. */
  readonly condition: string;
  readonly uptimeMs: number;
  /** Milliseconds since its event loop last showed that it turns. */
  readonly heartbeatAgeMs: number;
  readonly activeConnections: number;
  readonly totalConnections: number;
  readonly handlerErrors: number;
  /** Of {@link PoolSample.rateOf}, in the last seconds. */
  readonly perSecond: number;
  readonly latency: Latency | null;
  /** How late ticks of its event loop came, of 99 in 100; null where it is not measured. */
  readonly loopDelayP99Ms: number | null;
  /** Share of time its event loop was busy, from 0 to 1. */
  readonly utilization: number;
  readonly heapUsedBytes: number | null;
  readonly heapLimitBytes: number | null;
  /** Null for threads, which have none of their own. */
  readonly rssBytes: number | null;
}

/** The connections that workers on their way out wait for. */
export interface Drain {
  readonly atMs: number;
  readonly workers: readonly {
    readonly workerId: number;
    readonly nativeId: number;
    readonly generation: number;
    readonly activeConnections: number;
    /** Whether it told of its connections. */
    readonly answered: boolean;
  }[];
  /** Those that hold it up, the longest waited for first; the first of them only. */
  readonly connections: readonly DrainingConnection[];
  /** How many hold it up in all. */
  readonly holding: number;
}

/** A connection that is being served by a worker on its way out. */
export interface DrainingConnection {
  readonly workerId: number;
  readonly peer: string;
  readonly request: string;
  readonly activityForMs: number;
  readonly drainingForMs: number;
}
