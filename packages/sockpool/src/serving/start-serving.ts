import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import type { ListenOptions } from '@sockpool/process-pool';
import { describeFailure } from '../cli/describe-failure.ts';
import { describeStartFailure } from '../cli/describe-start-failure.ts';
import { EXIT, FailedError, UsageError, usageErrorOf } from '../cli/exit-codes.ts';
import type { Serving } from '../config/resolve-serving.ts';
import type { PoolLogger } from '../output/pool-logger.ts';
import type { BegunServing } from './begin-serving.ts';
import { loadKind, type Logging, makePool, type Pool } from './make-pool.ts';
import { placesOf } from './program-addresses.ts';
import { cutsTold } from './cuts-told.ts';
import { reloader } from './reloader.ts';
import { notifyServiceManager } from './service-manager.ts';

/** A pool that serves a program. */
export interface ServedProgram {
  readonly pool: Pool;
  /** Where it listens. */
  readonly addresses: readonly (AddressInfo | string)[];
  /**
   * Resolves when the pool is closed: to 0 when that was asked for, to 1 when it could not go on, such
   * as when its workers die again and again.
   */
  readonly closed: Promise<number>;
}

/**
 * Serves, and resolves when clients are served.
 *
 * @param serving flags and configuration
 * @param logging where what happens is told, and whether what programs print is an entry too
 * @param begun what runs already
 * @throws {UsageError} when an option is wrong
 * @throws {FailedError} when the program does not serve; with the reason, file and line
 */
export async function startServing(
  serving: Serving,
  logging: Logging,
  begun?: BegunServing,
): Promise<ServedProgram> {
  const firstWorker = begun?.firstWorker;
  try {
    const tls = typeof serving.tls === 'function' ? await serving.tls() : serving.tls;
    const found = begun?.places ?? placesOf(serving);
    // Loaded while the program is asked where it listens: afterwards it would delay the workers.
    loadKind(serving.threads).catch(() => undefined);
    const places = await found;
    const { pool, listen } = await makePool(serving, { places, firstWorker }, logging, tls);
    return await servePool(pool, listen, serving, logging);
  } finally {
    // Without a pool to take it.
    firstWorker?.end();
  }
}

async function servePool(
  pool: Pool,
  listen: readonly ListenOptions[],
  serving: Serving,
  { logger }: Logging,
): Promise<ServedProgram> {
  const closed = Promise.withResolvers<number>();
  // A pool that has given up tells why when it is closed.
  pool.once('closed', () => setImmediate(() => closed.resolve(EXIT.done)));
  pool.on('error', () => closed.resolve(EXIT.failed));
  tellProgress(pool, logger);
  await notifyServiceManager(pool, logger);
  const listening = pool.listen(listen);
  // Awaited below; a pool that fails at once must not be an unhandled rejection meanwhile.
  listening.catch(() => undefined);
  // Loaded while the workers start: later it would delay the first clients.
  const controlLoaded = serving.control === false ? undefined : import('@sockpool/control');
  controlLoaded?.catch(() => undefined);
  let addresses: readonly (AddressInfo | string)[];
  try {
    await serveProbes(pool, serving, logger);
    addresses = await listening;
  } catch (error) {
    // Where only the probes cannot be served, workers may serve already.
    await pool.destroy();
    const usage = usageErrorOf(error, serving.config);
    if (usage instanceof UsageError) throw usage;
    throw new FailedError(`Cannot serve '${serving.file}': ${describeStartFailure(error)}`);
  }
  if (controlLoaded !== undefined) await control(pool, serving, logger, await controlLoaded);
  if (serving.dashboard !== false) {
    const { showPool } = await import('./show-pool.ts');
    await showPool(pool, serving.dashboard, serving, logger);
  }
  const { file, threads, name } = serving;
  logger.info(
    `${basename(file)} serves on ${addresses.map(urlOf).join(' and ')} with ${pool.workerCount} ${kindOf(threads, pool.workerCount)}`,
    {
      name,
      pid: process.pid,
    },
  );
  return { pool, addresses, closed: closed.promise };
}

/** While the workers start: an orchestrator asks from the beginning. */
async function serveProbes(
  pool: Pool,
  { healthPort, metricsPort, healthHost }: Serving,
  logger: PoolLogger,
): Promise<void> {
  // One server tells both.
  for (const port of new Set([healthPort, metricsPort])) {
    if (port === undefined) continue;
    const what = port === metricsPort ? 'Metrics and health checks' : 'Health checks';
    const { serveHealth } = await import('@sockpool/process-pool');
    const { address } = await serveHealth(pool, {
      port,
      ...(healthHost !== undefined && { host: healthHost }),
    }).catch((error: unknown) => {
      const flag = port === metricsPort ? '--metrics-port' : '--health-port';
      throw new FailedError(
        `${what} find no place: ${describeFailure(error)}; give another ${flag}`,
      );
    });
    if (address === undefined) continue;
    const path = port === metricsPort ? '/metrics' : '/healthz';
    logger.info(`${what} on http://${urlOf(address)}${path}`);
  }
}

async function control(
  pool: Pool,
  { control: options, name, tls }: Serving,
  logger: PoolLogger,
  { serveControl }: typeof import('@sockpool/control'),
): Promise<void> {
  try {
    const { address } = await serveControl(pool, {
      name,
      onClientsCut: cutsTold(logger, 'Control'),
      ...options,
      ...(tls !== undefined && { reloadTls: reloader(pool, tls) }),
    });
    logger.debug(`Control on ${typeof address === 'string' ? address : urlOf(address)}`);
  } catch (error) {
    // Whoever serves clients goes on to do so.
    logger.warn(`There is no control: ${describeFailure(error)}`);
  }
}

function tellProgress(pool: Pool, logger: PoolLogger): void {
  pool.on('restarting', (generation) => logger.info(`Restart ${generation} has begun`));
  pool.on('restarted', ({ generation, cutConnections, durationMs }) =>
    logger.info(`Restart ${generation} is done after ${Math.round(durationMs)} ms`, {
      cutConnections,
    }),
  );
  pool.on('resized', ({ workers, previousWorkers }) =>
    logger.info(`${workers} workers serve instead of ${previousWorkers}`),
  );
  pool.on('workerRetired', ({ workerId }) => logger.info(`Worker ${workerId} is replaced`));
  pool.on('upgraded', (pid) => logger.info(`A new primary serves, with process id ${pid}`));
  pool.once('listening', () => tellClosing(pool, logger));
}

function tellClosing(pool: Pool, logger: PoolLogger): void {
  pool.on('closing', () => logger.info('Closing: open connections are served to their end'));
  pool.on('closed', ({ cutConnections, drainedConnections }) =>
    logger.info('Closed', { drainedConnections, cutConnections }),
  );
}

function urlOf(address: AddressInfo | string): string {
  if (typeof address === 'string') return address;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${host}:${address.port}`;
}

function kindOf(threads: boolean, count: number): string {
  if (threads) return count === 1 ? 'thread' : 'threads';
  return count === 1 ? 'process' : 'processes';
}
