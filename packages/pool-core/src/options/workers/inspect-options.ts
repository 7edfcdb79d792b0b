import {
  describeValue,
  requireDurationMs,
  requireInteger,
  requireKnownOptions,
  requireObject,
  requireOneOf,
} from '@sockpool/option-checks';

/** The longest CPU profile, in milliseconds: the worker keeps all of its samples in memory. */
const MAX_PROFILE_MS = 300_000;

/** How many connections of a worker `connections()` lists at most. */
const MAX_CONNECTIONS = 100_000;

/** What can be taken of a worker while it runs. */
export type InspectionKind = 'stack' | 'cpuProfile' | 'heapSnapshot';

/** What `inspect()` takes, and of which worker. */
export interface InspectOptions {
  /** The worker's slot. While it is replaced, the one that serves is meant. */
  readonly workerId: number;
  /**
   * Its process or thread id, for one of several workers that share a slot, such as one that drains.
   * @default the worker that serves
   */
  readonly nativeId?: number;
  /**
   * - `stack`: what the worker does at this moment, one frame a line, also if it hangs. An idle
   *   worker shows the next thing that it does, such as its heartbeat. With processes it needs
   *   the pool's option `health.stack`.
   * - `cpuProfile`: JSON that Chrome's and VS Code's profilers open as a `.cpuprofile`.
   * - `heapSnapshot`: JSON that Chrome's DevTools open as a `.heapsnapshot`. The worker's event
   *   loop stands still while it is taken, some seconds for a heap of 1 GB, and the worker needs
   *   about twice its heap meanwhile; it does not count as stuck.
   */
  readonly take: InspectionKind;
  /**
   * How long the CPU is profiled, in milliseconds, up to 300,000.
   * @default 5_000
   */
  readonly durationMs?: number;
  /**
   * Gives it up.
   * @default none
   */
  readonly signal?: AbortSignal;
}

/** {@link InspectOptions} checked and with every default filled in. */
export interface ResolvedInspectOptions {
  readonly workerId: number;
  readonly nativeId: number | undefined;
  readonly take: InspectionKind;
  readonly durationMs: number;
  readonly signal: AbortSignal | undefined;
}

const INSPECT_OPTIONS = Object.freeze({
  workerId: true,
  nativeId: true,
  take: true,
  durationMs: true,
  signal: true,
} satisfies Record<keyof InspectOptions, true>);

const KINDS = ['stack', 'cpuProfile', 'heapSnapshot'] as const satisfies InspectionKind[];

/**
 * Checks what is to be taken of a worker.
 *
 * @param options what the caller gave
 * @throws {TypeError | RangeError} when an option is wrong or unknown
 */
export function resolveInspectOptions(options: InspectOptions): ResolvedInspectOptions {
  requireObject('Inspect options', options, "{ workerId: 0, take: 'stack' }");
  requireKnownOptions(options, INSPECT_OPTIONS, { of: 'inspect()' });
  const { workerId, nativeId, take, durationMs = 5_000, signal } = options;
  requireOneOf('take', take, KINDS);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`Option signal must be an AbortSignal, got ${describeValue(signal)}`);
  }
  requireDurationMs('durationMs', durationMs);
  return {
    workerId: requireInteger('workerId', workerId, { min: 0 }),
    nativeId: nativeId === undefined ? undefined : requireInteger('nativeId', nativeId, { min: 0 }),
    take,
    durationMs: requireInteger('durationMs', durationMs, { min: 1, max: MAX_PROFILE_MS }),
    signal,
  };
}

/**
 * Checks how many connections of a worker are to be listed.
 *
 * @param options what the caller gave
 * @throws {TypeError | RangeError} when it is no whole number from 0 to 100,000, or unknown
 */
export function resolveConnectionsLimit(options: { readonly limit?: number }): number {
  requireObject('Connections options', options, '{ limit: 100 }');
  requireKnownOptions(options, { limit: true }, { of: 'connections()' });
  return requireInteger('limit', options.limit ?? 1_000, { min: 0, max: MAX_CONNECTIONS });
}
