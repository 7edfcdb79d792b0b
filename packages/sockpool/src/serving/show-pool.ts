import { randomBytes } from 'node:crypto';
import { type DashboardOptions, serveDashboard } from '@sockpool/dashboard';
import { describeFailure } from '../cli/describe-failure.ts';
import type { Serving } from '../config/resolve-serving.ts';
import type { PoolLogger } from '../output/pool-logger.ts';
import type { Pool } from './make-pool.ts';
import { cutsTold } from './cuts-told.ts';
import { reloader } from './reloader.ts';

/**
 * Serves the dashboard, and tells where. Without a token it makes one where only the person at the
 * terminal sees it: logs are kept, and read by others.
 *
 * @param pool what is shown
 * @param options where, and for whom
 * @param serving flags and configuration
 * @param logger where what happens is told
 */
export async function showPool(
  pool: Pool,
  options: DashboardOptions,
  { name, tls }: Serving,
  logger: PoolLogger,
): Promise<void> {
  const onTerminal = process.stderr.isTTY === true;
  const made =
    options.token === undefined && onTerminal ? randomBytes(18).toString('base64url') : undefined;
  try {
    const { url } = await serveDashboard(pool, {
      name,
      onClientsCut: cutsTold(logger, 'The dashboard'),
      ...(made !== undefined && { token: made }),
      ...options,
      ...(tls !== undefined && { reloadTls: reloader(pool, tls) }),
    });
    const more =
      made !== undefined
        ? `; its actions need the token ${made}`
        : options.token === undefined
          ? '; it only shows: set SOCKPOOL_TOKEN for actions'
          : '';
    logger.info(`Dashboard on ${url}${more}`);
  } catch (error) {
    // Whoever serves clients goes on to do so.
    logger.warn(`There is no dashboard: ${describeFailure(error)}`);
  }
}
