import { checkZeroLoss, type ZeroLossWorkload } from '@sockpool/zero-loss';
import { DELAY_MS, type Outcome, type Restarts, THINK_MS } from './outcome.ts';

/** How many clients ask. */
const CLIENTS = 60;

/**
 * Asks over connections that are kept, thinks before each request, and counts what is lost.
 *
 * @param port where the program is served
 * @param workload what is asked
 * @param requestsPerConnection after so many a client opens a new connection; Infinity where the
 *   protocol lets the server say that it wants to end one
 * @param restarts restarts the program
 */
export async function askWhile(
  port: number,
  workload: ZeroLossWorkload,
  requestsPerConnection: number,
  restarts: Restarts,
): Promise<Outcome> {
  const { right, losses, problems } = await checkZeroLoss({
    address: { host: '127.0.0.1', port },
    workload,
    held: { connections: CLIENTS, thinkMs: [0, THINK_MS], requestsPerConnection },
    newConnections: { rate: 5 },
    network: { delayMs: DELAY_MS },
    quietMs: THINK_MS,
    // On a busy machine clients stand still now and then. What they are owed they still miss.
    stallLimitMs: 60_000,
    disruptions: [{ name: 'restarts', run: restarts }],
  });
  return {
    right,
    lost: losses.reduce((sum, { count }) => sum + count, 0),
    problems: [
      ...problems,
      ...losses.map(
        ({ count, lossClass, reasons }) => `${count} × ${lossClass} ${JSON.stringify(reasons)}`,
      ),
    ],
  };
}
