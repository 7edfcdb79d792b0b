import { type ResourceLimits, SHARE_ENV } from 'node:worker_threads';
import {
  requireFunction,
  requireKnownOptions,
  requireObject,
  requireStrings,
} from '@sockpool/option-checks';
import { requireEnvironment } from '@sockpool/pool-core';
import type { ThreadPoolOptions } from './thread-pool-options.ts';

/** How worker threads run. */
export type ThreadSettings = {
  readonly [Key in 'resourceLimits' | 'env' | 'execArgv' | 'workerName']:
    | ThreadPoolOptions[Key]
    | undefined;
};

const RESOURCE_LIMITS = Object.freeze({
  maxOldGenerationSizeMb: true,
  maxYoungGenerationSizeMb: true,
  codeRangeSizeMb: true,
  stackSizeMb: true,
} satisfies Record<keyof ResourceLimits, true>);

/** What holds for the whole process, so that Node refuses it for a thread, and what does the same. */
const PROCESS_FLAGS: ReadonlyMap<string, keyof ResourceLimits> = new Map([
  ['max-old-space-size', 'maxOldGenerationSizeMb'],
  ['max-semi-space-size', 'maxYoungGenerationSizeMb'],
]);

/**
 * Checks how worker threads are to run.
 *
 * @param settings what the caller gave; a field that is undefined is not given
 * @throws {TypeError} when one is of the wrong kind, or `execArgv` limits the heap of the process
 * @throws {RangeError} when a limit of `resourceLimits` is not above 0
 */
export function resolveThreadSettings(settings: ThreadSettings): ThreadSettings {
  const { resourceLimits, env, execArgv, workerName } = settings;
  if (workerName !== undefined) requireFunction('workerName', workerName);
  return Object.freeze({
    resourceLimits: resourceLimits === undefined ? undefined : requireLimits(resourceLimits),
    env: env === undefined || env === SHARE_ENV ? env : requireEnvironment('env', env),
    execArgv: execArgv === undefined ? undefined : requireThreadFlags(execArgv),
    workerName,
  });
}

function requireLimits(value: ResourceLimits): ResourceLimits {
  requireObject('Option resourceLimits', value, '{ maxOldGenerationSizeMb: 512 }');
  requireKnownOptions(value, RESOURCE_LIMITS, { within: 'resourceLimits.' });
  const limits: (readonly [string, unknown])[] = Object.entries(value);
  for (const [name, limit] of limits) {
    const option = `Option resourceLimits.${name}`;
    if (limit === undefined) continue;
    if (typeof limit !== 'number') {
      throw new TypeError(`${option} must be a number of megabytes, got '${String(limit)}'`);
    }
    if (!(limit > 0 && limit < Infinity)) {
      throw new RangeError(`${option} must be a number of megabytes above 0, got ${limit}`);
    }
  }
  return Object.freeze({ ...value });
}

function requireThreadFlags(value: readonly string[]): readonly string[] {
  const flags = requireStrings('execArgv', value);
  for (const flag of flags) {
    const [name = '', megabytes = '512'] = flag.replace(/^--?/, '').replaceAll('_', '-').split('=');
    const limit = PROCESS_FLAGS.get(name);
    if (limit === undefined) continue;
    throw new TypeError(
      `Option execArgv cannot have ${flag}: it limits the whole process, not a thread; write ` +
        `resourceLimits: { ${limit}: ${megabytes} } instead`,
    );
  }
  return flags;
}
