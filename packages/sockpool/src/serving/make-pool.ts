import type { ListenOptions, PoolTlsOptions, ProcessPool } from '@sockpool/process-pool';
import type { ThreadPool } from '@sockpool/thread-pool';
import { programHandler } from '@sockpool/handler/program';
import { usageErrorOf } from '../cli/exit-codes.ts';
import { compileCacheVariable } from '../cli/compile-cache.ts';
import { START_FOLDER } from '../config/start-folder.ts';
import type { Serving } from '../config/resolve-serving.ts';
import type { PoolLogger } from '../output/pool-logger.ts';
import { OUTPUT_MODULE, OUTPUT_VARIABLE, type OutputSettings } from '../output/worker-output.ts';
import { PASSED_SOCKETS } from './service-manager.ts';
import type { Places } from './program-addresses.ts';

/** A pool of either kind. */
export type Pool = ProcessPool | ThreadPool;

/** A pool that does not listen yet, and how it is to. */
export interface MadePool {
  readonly pool: Pool;
  readonly listen: readonly ListenOptions[];
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
 * @param places where, and the ports that the program named
 * @param logging where it tells what happens, and whether programs print entries
 * @param tls the certificate, if it terminates TLS
 * @throws {UsageError} when an option of the configuration is wrong
 */
export async function makePool(
  serving: Serving,
  { addresses, programPorts }: Places,
  { logger, takesOutput }: Logging,
  tls: PoolTlsOptions | undefined,
): Promise<MadePool> {
  const { file, workers, threads, log, env, metricsPort, dashboard, pool } = serving;
  // Who steers the pool has the token, and a new primary the sockets; no program that is served does.
  const { SOCKPOOL_TOKEN: _, [PASSED_SOCKETS]: __, ...inherited } = process.env;
  const output: OutputSettings = {
    format: log,
    colors: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
  };
  const { execArgv = process.execArgv, ...rest } = pool as {
    readonly execArgv?: readonly string[];
  };
  const port = addresses.find((address) => address.port !== undefined)?.port;
  const options = {
    ...((metricsPort !== undefined || dashboard !== false) && { metrics: true }),
    // A terminal that is closed sends SIGHUP, and nobody wants what it leaves behind.
    controlSignals: process.stdin.isTTY !== true,
    // Of a link to the release that is served, each new process takes the newest.
    ...(!threads && START_FOLDER !== process.cwd() && { cwd: START_FOLDER }),
    ...rest,
    handler: programHandler(file, { port: programPorts, ...listenTimeout(rest) }),
    logger,
    workers,
    ...(tls !== undefined && { tls }),
    execArgv: [...execArgv, ...(takesOutput ? ['--import', OUTPUT_MODULE] : [])],
    env: {
      ...compileCacheVariable(),
      ...inherited,
      ...(port !== undefined && { PORT: String(port) }),
      ...env,
      ...(takesOutput && { [OUTPUT_VARIABLE]: JSON.stringify(output) }),
    },
  };
  const listen = addresses.map((address) => ({ ...serving.listen, ...address }));
  const Kind = threads
    ? (await import('@sockpool/thread-pool')).ThreadPool
    : (await import('@sockpool/process-pool')).ProcessPool;
  try {
    return { pool: new Kind(options), listen };
  } catch (error) {
    throw usageErrorOf(error, serving.config);
  }
}

/** Leaves a part of a longer or shorter start, so that what fails it is why the program does not listen. */
function listenTimeout({ bootTimeoutMs }: Readonly<Record<string, unknown>>): {
  readonly listenTimeoutMs?: number;
} {
  if (typeof bootTimeoutMs !== 'number') return {};
  return { listenTimeoutMs: Math.floor(0.7 * bootTimeoutMs) };
}
