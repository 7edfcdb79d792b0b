import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { requireKnownOptions } from '@sockpool/option-checks';
import { FailedError, UsageError } from '../cli/exit-codes.ts';
import { describeFailure } from '../cli/describe-failure.ts';
import type { SockpoolConfig } from './define-config.ts';
import { MISPLACED_NAMES } from './misplaced-names.ts';

/** Files that are a configuration, the first one that is there. */
const NAMES = ['ts', 'mts', 'js', 'mjs'].map((extension) => `sockpool.config.${extension}`);

/** A configuration, and where it is from. */
export interface LoadedConfig {
  readonly config: SockpoolConfig;
  /** The folder that paths in it are relative to. */
  readonly folder: string;
  readonly file: string | undefined;
}

/**
 * Loads the configuration of a folder.
 *
 * @param given the file that was asked for; undefined to look for one
 * @param folder where to look
 * @throws {UsageError} when the file is not there, or has a name that there is not
 * @throws {FailedError} when it cannot be loaded; with file and line
 */
export async function loadConfig(given: string | undefined, folder: string): Promise<LoadedConfig> {
  const file =
    given === undefined
      ? NAMES.map((name) => join(folder, name)).find((path) => existsSync(path))
      : resolve(folder, given);
  if (file === undefined) return { config: {}, folder, file: undefined };
  if (!existsSync(file))
    throw new UsageError(`Cannot load the configuration '${file}': there is no such file`);
  let exported: unknown;
  try {
    exported = ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
    if (typeof exported === 'function') exported = await (exported as () => unknown)();
  } catch (error) {
    const why = describeFailure(error);
    const placed = why.endsWith(')') || !(error instanceof SyntaxError);
    const at = placed ? '' : await syntaxErrorPlace(file);
    // Such as in a folder of `npm init`.
    const isCommonJs = /import statement outside a module|Unexpected token 'export'/.test(why);
    const advice = isCommonJs ? `; name it ${basename(file).replace(/\.(?=[jt]s$)/, '.m')}` : '';
    throw new FailedError(`Cannot load the configuration '${file}': ${why}${at}${advice}`);
  }
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported)) {
    throw new UsageError(
      `The default export of '${file}' must be an object, such as defineConfig({ port: 3000 })`,
    );
  }
  const { CONFIG_NAMES } = await import('./define-config.ts');
  try {
    requireKnownOptions(exported, CONFIG_NAMES, { of: file, elsewhere: MISPLACED_NAMES });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return { config: exported as SockpoolConfig, folder: dirname(file), file };
}

/** Node tells the line of a syntax error in an ECMAScript module only when it runs the module as its main one. */
async function syntaxErrorPlace(file: string): Promise<string> {
  const { spawnSync } = await import('node:child_process');
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
  const [, line] = /^.*:(\d+)\n/.exec(stderr) ?? [];
  return line === undefined ? '' : ` (${file}:${line})`;
}
