import type { CutClients } from '@sockpool/control';
import type { PoolLogger } from '../output/pool-logger.ts';

/**
 * Logs that a server has cut clients.
 *
 * @param logger where
 * @param who which server
 */
export function cutsTold(logger: PoolLogger, who: string): (cut: CutClients) => void {
  return ({ clients, reason }) => logger.warn(`${who} has cut clients: ${reason}`, { clients });
}
