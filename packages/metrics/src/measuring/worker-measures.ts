import type { MetricFamily } from '../families/metric-family.ts';
import { addHistograms, type HistogramCounts } from '../families/duration-histogram.ts';
import type { EventLoopMeasures } from './event-loop.ts';
import type { GcCounts } from './gc-pauses.ts';
import type { RequestCounts } from './http-requests.ts';

/** What a worker has measured since its start, and what outlives it. */
export interface WorkerSums {
  /** Bytes that came on its connections; with TLS, those on the wire. */
  readonly bytesRead: number;
  /** Bytes that went out on its connections. */
  readonly bytesWritten: number;
  /** How long its connections were open, of those that have ended. */
  readonly connectionDuration: HistogramCounts;
  /** TLS handshakes that the pool has done for its handler. */
  readonly tlsHandshakes: number;
  /** HTTP requests; empty where they are not measured. */
  readonly requests: readonly RequestCounts[];
  readonly eventLoop: Pick<EventLoopMeasures, 'activeSeconds' | 'idleSeconds' | 'delay'>;
  /** Processor time of the worker alone: of its process or its thread. */
  readonly cpu: { readonly userSeconds: number; readonly systemSeconds: number };
  readonly gc: readonly GcCounts[];
}

/** A part of V8's heap. */
export interface HeapSpace {
  readonly name: string;
  readonly usedBytes: number;
  readonly availableBytes: number;
  readonly physicalBytes: number;
  readonly sizeBytes: number;
}

/** What a worker tells of itself in one go: plain data that survives JSON. */
export interface WorkerMeasures extends WorkerSums {
  readonly activeRequests: number;
  readonly recentDelay: EventLoopMeasures['recentDelay'];
  readonly memory: {
    readonly heapUsedBytes: number;
    readonly heapLimitBytes: number;
    readonly externalBytes: number;
    /** Of its process; undefined for a thread, which has none of its own. */
    readonly rssBytes?: number;
  };
  readonly heapSpaces: readonly HeapSpace[];
  /** What its program exposes with `exposeMetrics()`. */
  readonly families: readonly MetricFamily[];
}

/**
 * Adds what two workers have counted.
 *
 * @param left the one; undefined has counted nothing
 * @param right the other
 */
export function addSums(left: WorkerSums | undefined, right: WorkerSums): WorkerSums {
  if (left === undefined) return right;
  return {
    bytesRead: left.bytesRead + right.bytesRead,
    bytesWritten: left.bytesWritten + right.bytesWritten,
    connectionDuration: addHistograms(left.connectionDuration, right.connectionDuration),
    tlsHandshakes: left.tlsHandshakes + right.tlsHandshakes,
    requests: addRequests(left.requests, right.requests),
    eventLoop: {
      activeSeconds: left.eventLoop.activeSeconds + right.eventLoop.activeSeconds,
      idleSeconds: left.eventLoop.idleSeconds + right.eventLoop.idleSeconds,
      delay: addHistograms(left.eventLoop.delay, right.eventLoop.delay),
    },
    cpu: {
      userSeconds: left.cpu.userSeconds + right.cpu.userSeconds,
      systemSeconds: left.cpu.systemSeconds + right.cpu.systemSeconds,
    },
    gc: addByKey(
      [...left.gc, ...right.gc],
      ({ kind }) => kind,
      (one, other) => ({ ...other, pause: addHistograms(one.pause, other.pause) }),
    ),
  };
}

/**
 * Adds what is counted of the same requests.
 *
 * @param left the ones
 * @param right the others
 */
export function addRequests(
  left: readonly RequestCounts[],
  right: readonly RequestCounts[],
): RequestCounts[] {
  return addByKey(
    [...left, ...right],
    ({ method, status, version, scheme }) => `${method} ${status} ${version} ${scheme}`,
    (one, other) => ({ ...other, duration: addHistograms(one.duration, other.duration) }),
  );
}

function addByKey<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  add: (left: Item, right: Item) => Item,
): Item[] {
  const sums = new Map<string, Item>();
  for (const item of items) {
    const key = keyOf(item);
    const known = sums.get(key);
    sums.set(key, known === undefined ? item : add(known, item));
  }
  return [...sums.values()];
}
