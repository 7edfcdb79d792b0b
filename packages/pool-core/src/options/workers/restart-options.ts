import { availableParallelism } from 'node:os';
import type { StopStep, StopLimits } from './shutdown-options.ts';
import {
  requireDurationMs,
  requireInteger,
  requireKnownOptions,
  requireObject,
} from '@sockpool/option-checks';
import { resolveHandlerUrl } from './handler-url.ts';
import {
  type ResolvedRolloutOptions,
  resolveRolloutOptions,
  type RolloutOptions,
} from './rollout-options.ts';

/**
 * How workers are exchanged or added while the pool serves. What is not given of `minReadyMs`
 * and `probe` is as the pool's option `rollout` says.
 */
export interface ChangeOptions extends RolloutOptions {
  /**
   * Time for the leaving workers to finish their connections, in milliseconds, before
   * these are cut. `Infinity` waits forever.
   * @default shutdown.graceMs
   */
  readonly graceMs?: number;
  /**
   * How many new workers boot at a time.
   * @default os.availableParallelism()
   */
  readonly parallelBoots?: number;
}

/**
 * What a restart changes, and how. What is not given stays as it is; what is given
 * holds from then on, for workers that replace dead ones as well. Options of the pool that are
 * not here, such as `protection`, hold for its life; for `tls` there is `reloadTls()`.
 */
export interface RestartOptions<WorkerData = unknown> extends ChangeOptions {
  /**
   * Another handler module. The same one is loaded anew, so that a changed file is picked up.
   * @default as before
   */
  readonly handler?: URL | string;
  /**
   * Other data for `context.workerData`.
   * @default as before
   */
  readonly workerData?: WorkerData;
  /**
   * How many workers there may be beyond the pool's number, those that earlier restarts
   * have left to finish their connections included; the restart waits for enough of them to
   * end. With all at once, as by default, no old worker leaves before every new one serves, and
   * a failure changes nothing. With fewer than the pool's number, workers are exchanged in
   * batches, each of which drains (`graceMs`) before the next one boots: it needs less memory and
   * takes longer, and when a later batch fails, earlier ones go back to new workers with the
   * settings of before, which load the handler module as it is then.
   * @default four times the number of workers
   */
  readonly maxSurge?: number;
}

/** {@link ChangeOptions} checked and with every default filled in. */
export interface ResolvedChangeOptions extends ResolvedRolloutOptions {
  readonly limits: Required<StopLimits>;
  readonly parallelBoots: number;
}

/** What holds for what {@link ChangeOptions} do not say: the pool's options. */
export interface ChangeDefaults {
  readonly shutdown: Required<StopLimits>;
  readonly rollout: ResolvedRolloutOptions;
}

/** What workers are made of: what a restart can change. */
export interface WorkerSpec<KindOptions extends object = object> {
  readonly handlerUrl: string;
  readonly workerData: unknown;
  /** What only this kind of worker has, such as its environment. */
  readonly kindOptions: KindOptions;
}

/** What became of a restart. */
export interface RestartReport {
  /** The generation of the new workers: how many restarts the pool has had. */
  readonly generation: number;
  /** Connections of the old workers that were cut, because the grace period was over or one died. */
  readonly cutConnections: number;
  /** From the start of the restart to the end of the last old worker, in milliseconds. */
  readonly durationMs: number;
  /** How many old workers ended at which step. */
  readonly workers: Readonly<Record<StopStep, number>>;
}

/** How one worker is replaced; as {@link ChangeOptions}. */
export type RetireOptions = Omit<ChangeOptions, 'parallelBoots'>;

/** What became of `retire()`. */
export interface RetireReport {
  /** The worker's slot in the pool, which its successor has. */
  readonly workerId: number;
  /** Process id or thread id of the worker that left; undefined if it was dead already. */
  readonly nativeId: number | undefined;
  /** Connections that were cut, because the grace period was over or the worker died. */
  readonly cutConnections: number;
  /** From its turn to the worker's end, in milliseconds. */
  readonly durationMs: number;
  /** At which step the worker ended; undefined if it was dead already. */
  readonly step: StopStep | undefined;
}

/** What became of a resize. */
export interface ResizeReport {
  /** How many workers the pool has now. */
  readonly workers: number;
  /** How many it had before. */
  readonly previousWorkers: number;
  /** Connections that were cut, because the grace period was over or a worker died. */
  readonly cutConnections: number;
  /** From the start of the resize to the end of the last leaving worker, in milliseconds. */
  readonly durationMs: number;
}

/**
 * Checks how workers are to be exchanged or added.
 *
 * @param options what the caller gave
 * @param defaults the pool's own deadlines, and how its workers prove themselves
 * @throws {TypeError | RangeError} when an option is wrong
 */
export function resolveChangeOptions(
  options: ChangeOptions,
  { shutdown, rollout }: ChangeDefaults,
): ResolvedChangeOptions {
  const graceMs = options.graceMs ?? shutdown.graceMs;
  const parallelBoots = options.parallelBoots ?? availableParallelism();
  const { minReadyMs, probe } = options;
  return {
    ...resolveRolloutOptions({ minReadyMs, probe } as RolloutOptions, rollout),
    limits: { ...shutdown, graceMs: requireDurationMs('graceMs', graceMs, { orInfinity: true }) },
    parallelBoots: requireInteger('parallelBoots', parallelBoots, { min: 1, orInfinity: true }),
  };
}

/**
 * Checks how a pool is to be resized.
 *
 * @param options what the caller gave
 * @param defaults what holds for what they do not say
 * @throws {TypeError | RangeError} when an option is wrong or unknown
 */
export function resolveResizeOptions(
  options: ChangeOptions,
  defaults: ChangeDefaults,
): ResolvedChangeOptions {
  requireObject('Resize options', options, '{ graceMs: 30_000 }');
  requireKnownOptions(options, CHANGE_OPTIONS, { of: 'resize()' });
  return resolveChangeOptions(options, defaults);
}

/**
 * Checks how a worker is to be replaced.
 *
 * @param options what the caller gave
 * @param defaults what holds for what they do not say
 * @throws {TypeError | RangeError} when an option is wrong or unknown
 */
export function resolveRetireOptions(
  options: RetireOptions,
  defaults: ChangeDefaults,
): ResolvedChangeOptions {
  requireObject('Retire options', options, '{ graceMs: 30_000 }');
  requireKnownOptions(options, RETIRE_OPTIONS, { of: 'retire()' });
  return resolveChangeOptions(options, defaults);
}

/** Every option, for the check of their names. */
const RETIRE_OPTIONS = Object.freeze({
  graceMs: true,
  minReadyMs: true,
  probe: true,
} satisfies Record<keyof RetireOptions, true>);

/** Every option, for the check of their names. */
const CHANGE_OPTIONS = Object.freeze({
  ...RETIRE_OPTIONS,
  parallelBoots: true,
} satisfies Record<keyof ChangeOptions, true>);

/** Every option, for the check of their names. */
const RESTART_OPTIONS = Object.freeze({
  handler: true,
  workerData: true,
  maxSurge: true,
  ...CHANGE_OPTIONS,
} satisfies Record<keyof RestartOptions, true>);

/**
 * Checks what a restart is to change.
 *
 * @param options what the caller gave
 * @param spec what workers are made of so far; its `kindOptions` has every field of its kind
 * @param checkKindOptions checks what only this kind of worker has, and gives it back
 * @returns the spec from now on, and the surge
 * @throws {TypeError | RangeError} when an option is wrong or unknown
 */
export function resolveRestartOptions<KindOptions extends object>(
  options: RestartOptions & Partial<KindOptions>,
  spec: WorkerSpec<KindOptions>,
  checkKindOptions: (kindOptions: KindOptions) => KindOptions,
): { readonly spec: WorkerSpec<KindOptions>; readonly maxSurge: number | undefined } {
  requireObject('Restart options', options, '{ graceMs: 30_000 }');
  requireKnownOptions(options, { ...RESTART_OPTIONS, ...spec.kindOptions }, { of: 'restart()' });
  const { handler, workerData, maxSurge } = options;
  const kindOptions = Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => Object.hasOwn(spec.kindOptions, name) && value !== undefined,
    ),
  ) as Partial<KindOptions>;
  return {
    spec: {
      handlerUrl: handler === undefined ? spec.handlerUrl : resolveHandlerUrl(handler),
      workerData: workerData === undefined ? spec.workerData : workerData,
      kindOptions: checkKindOptions({ ...spec.kindOptions, ...kindOptions }),
    },
    maxSurge:
      maxSurge === undefined
        ? undefined
        : requireInteger('maxSurge', maxSurge, { min: 1, orInfinity: true }),
  };
}

/**
 * Checks the new number of workers.
 *
 * @param workers what the caller gave
 * @throws {TypeError} when it is not a number
 * @throws {RangeError} when it is not a whole number from 1 to 1,024
 */
export function requireWorkers(workers: unknown): number {
  if (typeof workers === 'number' && Number.isInteger(workers) && workers >= 1 && workers <= 1_024)
    return workers;
  const wanted =
    typeof workers === 'number' && workers > 1 ? 'a whole number up to 1024' : '1 or more';
  const message = `Cannot resize the pool to '${String(workers)}' workers: workers must be ${wanted}`;
  throw typeof workers === 'number' ? new RangeError(message) : new TypeError(message);
}

/**
 * Checks the id of a worker.
 *
 * @param workerId what the caller gave
 * @throws {TypeError} when it is not a whole number
 */
export function requireWorkerId(workerId: unknown): void {
  if (Number.isInteger(workerId)) return;
  throw new TypeError(
    `Cannot retire worker '${String(workerId)}': the id must be a whole number, such as 0`,
  );
}
