import { watch as watchFiles } from 'node:fs';
import { dirname, extname, sep } from 'node:path';
import { describeFailure } from '../cli/describe-failure.ts';
import { EXIT, FailedError } from '../cli/exit-codes.ts';
import type { Serving } from '../config/resolve-serving.ts';
import type { PoolLogger } from '../output/pool-logger.ts';
import type { BegunServing } from './begin-serving.ts';
import type { Pool } from './make-pool.ts';
import { serveOnce } from './serve-once.ts';

/** Editors write a file in several steps, in milliseconds. */
const SETTLE_MS = 100;

/** How long clients of the old code may take in development, in milliseconds. */
const GRACE_MS = 2_000;

/** What programs are made of; what they write, such as logs, is not watched. */
const SOURCES: ReadonlySet<string> = new Set(
  ['js', 'mjs', 'cjs', 'jsx', 'ts', 'mts', 'cts', 'tsx', 'json'].map(
    (extension) => `.${extension}`,
  ),
);

/** Folders in which nothing is that a person edits. */
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', '.git']);

/**
 * Serves, and restarts when a file of the program's folder changes. What is wrong is told, and the
 * old code serves on; a program that is wrong from the beginning is tried again at the next change.
 *
 * @param serving flags and configuration
 * @param logger where what happens is told
 * @param begun what runs already, for the first attempt
 */
export async function serveAndWatch(
  serving: Serving,
  logger: PoolLogger,
  begun: BegunServing,
): Promise<number> {
  const folder = dirname(serving.file);
  let pool: Pool | undefined;
  let first: BegunServing | undefined = begun;
  let changed = Promise.withResolvers<string>();
  const restarts = new WatchedRestarts(logger);
  const watcher = watchFolder(folder, (file) => {
    changed.resolve(file);
    if (pool === undefined) return;
    logger.info(`${file} has changed`);
    restarts.restart(pool);
  });
  try {
    for (;;) {
      try {
        return await serveOnce(serving, logger, first, (listening) => {
          pool = listening;
        });
      } catch (error) {
        first = undefined;
        logger.error(error instanceof FailedError ? error.message : describeFailure(error));
        logger.info(`Waiting for a change in ${folder}`);
        changed = Promise.withResolvers();
        const interrupted = untilSignal();
        const next = await Promise.race([changed.promise, interrupted.promise]);
        interrupted.stop();
        if (next === undefined) return EXIT.failed;
      }
    }
  } finally {
    watcher.close();
  }
}

/** One restart at a time; however much changes meanwhile, one follows. */
class WatchedRestarts {
  readonly #logger: PoolLogger;
  #running = false;
  #again = false;

  constructor(logger: PoolLogger) {
    this.#logger = logger;
  }

  restart(pool: Pool): void {
    this.#again = this.#running;
    if (!this.#running) void this.#run(pool);
  }

  async #run(pool: Pool): Promise<void> {
    this.#running = true;
    try {
      await pool.restart({ minReadyMs: 0, graceMs: GRACE_MS });
    } catch (error) {
      // A pool that closes has nothing to say of it.
      if (pool.state === 'listening') {
        this.#logger.error(`The old code serves on: ${describeFailure(error)}`);
      }
    }
    this.#running = false;
    if (this.#again && pool.state === 'listening') this.restart(pool);
  }
}

/** Calls back, once for changes that come together, with the path of a file that has changed. */
function watchFolder(folder: string, onChange: (file: string) => void): { close(): void } {
  let settling: NodeJS.Timeout | undefined;
  const watcher = watchFiles(folder, { recursive: true }, (_, file) => {
    if (file === null || !isSource(file)) return;
    clearTimeout(settling);
    settling = setTimeout(() => onChange(file), SETTLE_MS);
  });
  return {
    close: () => {
      clearTimeout(settling);
      watcher.close();
    },
  };
}

function isSource(file: string): boolean {
  return SOURCES.has(extname(file)) && !file.split(sep).some((part) => LEFT_OUT.has(part));
}

function untilSignal(): { readonly promise: Promise<undefined>; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => resolve(undefined);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return {
    promise,
    stop: () => void process.off('SIGINT', stop).off('SIGTERM', stop),
  };
}
