import type { Serving } from '../config/resolve-serving.ts';
import { poolLogger } from '../output/pool-logger.ts';
import { serveOnce } from './serve-once.ts';

/**
 * Serves a program in the foreground until its pool is closed, such as by SIGTERM.
 *
 * @param serving flags and configuration
 * @returns the exit code
 * @throws {FailedError} when the program does not serve; with the reason, file and line
 */
export async function serveProgram(serving: Serving): Promise<number> {
  const logger = poolLogger(serving.log, serving.verbose);
  if (!serving.watch) return serveOnce(serving, logger);
  const { serveAndWatch } = await import('./watch.ts');
  return serveAndWatch(serving, logger);
}
