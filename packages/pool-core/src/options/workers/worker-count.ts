import { availableParallelism } from 'node:os';
import { describeValue, requireInteger, requireKnownOptions } from '@sockpool/option-checks';
import { type CgroupLimits, cgroupLimits } from './cgroup-limits.ts';

/** The variable by which platforms say how many workers there are to be. */
const VARIABLE = 'WEB_CONCURRENCY';

const MAX_WORKERS = 1_024;
const MIB = 2 ** 20;

/** The memory that a worker of a pool is expected to take, by default, in bytes. */
const EXPECTED_WORKER_BYTES = 256 * MIB;

/** What {@link autoWorkers} goes by. */
export interface AutoWorkersOptions {
  /**
   * The memory that one worker is expected to take, in bytes. What the control group allows is
   * divided by it.
   * @default 268_435_456
   */
  readonly expectedWorkerBytes?: number;
  /**
   * The environment, of which `WEB_CONCURRENCY` is read.
   * @default process.env
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How many workers, and why. */
export interface AutoWorkers {
  readonly workers: number;
  /** What decided, in words, such as `2 processors by cpu.max`. */
  readonly reason: string;
}

const DEFAULTS = Object.freeze({
  expectedWorkerBytes: EXPECTED_WORKER_BYTES,
  env: undefined,
} satisfies Record<keyof AutoWorkersOptions, unknown>);

/** What the machine has. */
export interface Machine {
  readonly parallelism: number;
  readonly limits: CgroupLimits;
}

/**
 * Decides how many workers a pool with `workers: 'auto'` has. `WEB_CONCURRENCY` says it, if it
 * is set. Else there is one for each processor that this process may use, by its affinity and by
 * the quota of its control group, but no more than fit into the memory of the control group.
 *
 * @param options what a worker is expected to take
 * @param machine what the machine has; this one by default
 * @throws {TypeError} when an option is unknown or of the wrong kind
 * @throws {RangeError} when `WEB_CONCURRENCY` is no whole number from 1 to 1,024 and not `auto`,
 *   or an option is out of bounds
 */
export function autoWorkers(
  options: AutoWorkersOptions = {},
  machine: () => Machine = thisMachine,
): AutoWorkers {
  requireKnownOptions(options, DEFAULTS, { of: 'autoWorkers()' });
  const expectedWorkerBytes = requireExpectedWorkerBytes(options.expectedWorkerBytes);
  const named = (options.env ?? process.env)[VARIABLE];
  if (named !== undefined && named !== '' && named !== 'auto') {
    return Object.freeze({ workers: requireVariable(named), reason: `${VARIABLE} says so` });
  }
  const { parallelism, limits } = machine();
  const quota = Math.max(1, Math.floor(limits.cpus ?? Infinity));
  const byCpu =
    quota < parallelism
      ? { workers: quota, reason: `${processors(limits.cpus ?? quota)} by ${limits.cpusFrom}` }
      : { workers: parallelism, reason: processors(parallelism) };
  const { memoryBytes = Infinity } = limits;
  const fitting = Math.max(1, Math.floor(memoryBytes / expectedWorkerBytes));
  const byMemory = {
    workers: fitting,
    reason: `${limits.memoryFrom} of ${mib(memoryBytes)} holds ${fitting} of ${mib(expectedWorkerBytes)} each`,
  };
  const least = fitting < byCpu.workers ? byMemory : byCpu;
  return Object.freeze({ ...least, workers: Math.min(MAX_WORKERS, least.workers) });
}

/**
 * Checks the options that say how many workers there are.
 *
 * @param workers what the caller gave; undefined for `'auto'`
 * @param expectedWorkerBytes what the caller gave, of use with `'auto'` only
 * @returns how many, and why if the pool itself decided
 * @throws {TypeError | RangeError} when one is wrong, or `WEB_CONCURRENCY` is
 */
export function resolveWorkerCount(
  workers: unknown,
  expectedWorkerBytes: number | undefined,
): { readonly workers: number; readonly workersReason: string | undefined } {
  const expected = requireExpectedWorkerBytes(expectedWorkerBytes);
  if (workers === undefined || workers === 'auto') {
    const { workers: count, reason } = autoWorkers({ expectedWorkerBytes: expected });
    return { workers: count, workersReason: reason };
  }
  if (typeof workers === 'string') {
    throw new TypeError(
      `Option workers must be a whole number, 1 to ${MAX_WORKERS}, or 'auto', got ${describeValue(workers)}`,
    );
  }
  return {
    workers: requireInteger('workers', workers, { min: 1, max: MAX_WORKERS }),
    workersReason: undefined,
  };
}

function requireExpectedWorkerBytes(given: number | undefined): number {
  return requireInteger('expectedWorkerBytes', given ?? DEFAULTS.expectedWorkerBytes, { min: MIB });
}

function requireVariable(text: string): number {
  const number = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (number >= 1 && number <= MAX_WORKERS) return number;
  throw new RangeError(
    `${VARIABLE} must be a whole number, 1 to ${MAX_WORKERS}, or auto, got ${describeValue(text)}`,
  );
}

function thisMachine(): Machine {
  return { parallelism: availableParallelism(), limits: cgroupLimits() };
}

function processors(count: number): string {
  const rounded = Math.round(count * 100) / 100;
  return rounded === 1 ? '1 processor' : `${rounded} processors`;
}

function mib(bytes: number): string {
  return bytes === Infinity ? 'no limit' : `${Math.floor(bytes / MIB)} MiB`;
}
