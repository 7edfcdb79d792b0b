import { statSync } from 'node:fs';
import { requireStrings } from '@sockpool/option-checks';
import { requireEnvironment } from '@sockpool/pool-core';
import type { ProcessPoolOptions } from './process-pool-options.ts';

/** Where and how worker processes run. */
export type ProcessSettings = {
  readonly [Key in 'env' | 'execArgv' | 'cwd']: ProcessPoolOptions[Key] | undefined;
};

/**
 * Checks where and how worker processes are to run.
 *
 * @param settings what the caller gave; a field that is undefined is not given
 * @throws {TypeError} when one is of the wrong kind, or `cwd` is no folder
 */
export function resolveProcessSettings({ env, execArgv, cwd }: ProcessSettings): ProcessSettings {
  return Object.freeze({
    env: env === undefined ? undefined : requireEnvironment('env', env),
    execArgv: execArgv === undefined ? undefined : requireStrings('execArgv', execArgv),
    cwd: cwd === undefined ? undefined : requireFolder('cwd', cwd),
  });
}

/** The system would only say that it cannot find Node. */
function requireFolder(name: string, value: unknown): string {
  const isFolder =
    typeof value === 'string' && statSync(value, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder === true) return value as string;
  throw new TypeError(`Option ${name} must be the path of a folder, got '${String(value)}'`);
}
