import type { ListenOptions, PoolTlsOptions, ProcessPool } from '@sockpool/process-pool';
import type { FirstWorker } from '@sockpool/process-pool/first-worker';
import type { ThreadPool } from '@sockpool/thread-pool';
import { programHandler } from '@sockpool/handler/program';
import { usageErrorOf } from '../cli/exit-codes.ts';
import type { Serving } from '../config/resolve-serving.ts';
import type { PoolLogger } from '../output/pool-logger.ts';
import type { Places } from './program-addresses.ts';
import { workerLaunch } from './worker-launch.ts';

/** A pool of either kind. */
export type Pool = ProcessPool | ThreadPool;

/** A pool that does not listen yet, and how it is to. */
export interface MadePool {
  readonly pool: Pool;
  readonly listen: readonly ListenOptions[];
}

/** What is known before a pool is made. */
export interface KnownStart {
  readonly places: Places;
  readonly firstWorker?: FirstWorker | undefined;
}

/** Who hears what a pool and its programs have to say. */
export interface Logging {
  /** Where the pool tells what happens. */
  readonly logger: PoolLogger;
  /** Whether what programs print becomes entries, with time and worker. */
  readonly takesOutput: boolean;
}

/**
 * Makes the pool that serves a program.
 *
 * @param serving flags and configuration
 * @param start where, and the worker that is there already
 * @param logging where it tells what happens, and whether programs print entries
 * @param tls the certificate, if it terminates TLS
 * @throws {UsageError} when an option of the configuration is wrong
 */
export async function makePool(
  serving: Serving,
  { places, firstWorker }: KnownStart,
  { logger, takesOutput }: Logging,
  tls: PoolTlsOptions | undefined,
): Promise<MadePool> {
  const { file, workers, threads, metricsPort, dashboard, pool } = serving;
  const { listen, cwd, ...launch } = workerLaunch(serving, places, takesOutput);
  const options = {
    ...((metricsPort !== undefined || dashboard !== false) && { metrics: true }),
    // A terminal that is closed sends SIGHUP, and nobody wants what it leaves behind.
    controlSignals: process.stdin.isTTY !== true,
    ...pool,
    handler: programHandler(file, { port: places.programPorts, ...listenTimeout(pool) }),
    logger,
    workers,
    ...(tls !== undefined && { tls }),
    ...launch,
    ...(cwd !== undefined && { cwd }),
    ...(firstWorker && { firstWorker }),
  };
  const Kind = await loadKind(threads);
  try {
    return { pool: new Kind(options), listen };
  } catch (error) {
    throw usageErrorOf(error, serving.config);
  }
}

/**
 * Loads the code of a pool, which takes about as long as a process takes to start.
 *
 * @param threads whether its workers are threads
 */
export async function loadKind(threads: boolean): Promise<typeof ProcessPool | typeof ThreadPool> {
  return threads
    ? (await import('@sockpool/thread-pool')).ThreadPool
    : (await import('@sockpool/process-pool')).ProcessPool;
}

/** Leaves a part of a longer or shorter start, so that what fails it is why the program does not listen. */
function listenTimeout({ bootTimeoutMs }: Readonly<Record<string, unknown>>): {
  readonly listenTimeoutMs?: number;
} {
  if (typeof bootTimeoutMs !== 'number') return {};
  return { listenTimeoutMs: Math.floor(0.7 * bootTimeoutMs) };
}
