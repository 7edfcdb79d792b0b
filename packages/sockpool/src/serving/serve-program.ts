import { requireKnownOptions } from '@sockpool/option-checks';
import { MISPLACED_NAMES } from '../config/misplaced-names.ts';
import { CONFIG_NAMES } from '../config/define-config.ts';
import { resolveServing, type Serving } from '../config/resolve-serving.ts';
import { START_FOLDER } from '../config/start-folder.ts';
import { poolLogger } from '../output/pool-logger.ts';
import type { ServeOptions } from '../config/serve-options.ts';
import type { BegunServing } from './begin-serving.ts';
import { serveOnce } from './serve-once.ts';
import { type ServedProgram, startServing } from './start-serving.ts';

/**
 * Serves a program in the foreground until its pool is closed, such as by SIGTERM.
 *
 * @param serving flags and configuration
 * @param begun what runs already
 * @returns the exit code
 * @throws {FailedError} when the program does not serve; with the reason, file and line
 */
export async function serveProgram(serving: Serving, begun: BegunServing): Promise<number> {
  const logger = poolLogger(serving.log, serving.verbose);
  if (!serving.watch) return serveOnce(serving, logger, begun);
  const { serveAndWatch } = await import('./watch.ts');
  return serveAndWatch(serving, logger, begun);
}

/**
 * Serves within the program that calls.
 *
 * @param options what to serve, and how
 * @throws {TypeError} when an option is unknown
 */
export async function serveWithin({ logger, ...config }: ServeOptions): Promise<ServedProgram> {
  const { watch: _, ...names } = CONFIG_NAMES;
  requireKnownOptions(config, names, { of: 'serve()', elsewhere: MISPLACED_NAMES });
  const told = { operands: [], flags: {}, lists: {} };
  const serving = resolveServing(told, { config, folder: START_FOLDER, file: undefined });
  return startServing(serving, {
    logger: logger ?? poolLogger(serving.log, serving.verbose),
    takesOutput: logger === undefined,
  });
}
