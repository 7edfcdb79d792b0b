import type { Serving } from '../config/resolve-serving.ts';
import type { PoolLogger } from '../output/pool-logger.ts';
import type { BegunServing } from './begin-serving.ts';
import type { Pool } from './make-pool.ts';
import { startServing } from './start-serving.ts';

/**
 * Serves until the pool is closed.
 *
 * @param serving flags and configuration
 * @param logger where what happens is told
 * @param begun what runs already
 * @param onPool is given the pool when it listens
 * @returns the exit code
 */
export async function serveOnce(
  serving: Serving,
  logger: PoolLogger,
  begun: BegunServing | undefined,
  onPool: (pool: Pool) => void = () => undefined,
): Promise<number> {
  const { pool, closed } = await startServing(serving, { logger, takesOutput: true }, begun);
  onPool(pool);
  const onHangup = (): void => void pool.close();
  // With control signals it is the pool's.
  if (process.listenerCount('SIGHUP') === 0) process.once('SIGHUP', onHangup);
  const code = await closed;
  process.off('SIGHUP', onHangup);
  return code;
}
