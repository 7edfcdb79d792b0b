import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CloseReport } from '@sockpool/process-pool';
import { serve as serveProgram } from 'sockpool';
import type { EchoServiceSettings } from './echo-service.ts';
import type { PoolName } from './pools.ts';

/** How the demo's servers serve: its flags. */
export interface ServeFlags {
  readonly pool: PoolName;
  readonly host: string;
  readonly port: number;
  readonly workers?: number;
  readonly maxConnectionsPerWorker?: number;
  /** How long a close waits for open connections, in milliseconds. */
  readonly graceMs?: number;
  /** Whether signals restart, resize and upgrade the pool. */
  readonly controlSignals: boolean;
}

const silent = (): undefined => undefined;

/** Only what goes wrong: standard output has what the notebook's programs print. */
const logger = {
  debug: silent,
  info: silent,
  warn: (message: string) => console.error(`[sockpool] warning: ${message}`),
  error: (message: string) => console.error(`[sockpool] error: ${message}`),
};

/**
 * Serves as `sockpool serve` does until SIGTERM or SIGINT, and prints what became of the connections.
 *
 * @param flags those of the command line
 * @param handler the handler module
 * @param workerData what it finds in its context
 */
export async function serve(
  { pool: kind, graceMs, ...flags }: ServeFlags,
  handler: URL,
  workerData?: EchoServiceSettings,
): Promise<void> {
  const { pool, addresses } = await serveProgram({
    ...flags,
    file: fileURLToPath(handler),
    threads: kind === 'thread',
    workerData,
    logger,
    ...(graceMs !== undefined && { shutdown: { graceMs } }),
  });
  pool.on('restarted', ({ generation, cutConnections, durationMs }) =>
    console.log(
      `restarted in ${Math.round(durationMs)} ms: generation ${generation}, ${cutConnections} connections cut`,
    ),
  );
  pool.on('resized', ({ previousWorkers, workers }) =>
    console.log(`resized from ${previousWorkers} to ${workers} workers`),
  );
  pool.on('upgraded', (pid) => console.log(`upgraded: process ${pid} serves from now on`));
  for (const at of addresses) {
    console.log(`listening on ${typeof at === 'string' ? at : hostAndPort(at.address, at.port)}`);
  }
  const [report] = (await once(pool, 'closed')) as [CloseReport];
  const { total } = await pool.stats();
  console.log(
    `served ${total.totalConnections} connections; at the close ` +
      `${report.drainedConnections} drained and ${report.cutConnections} cut ` +
      `in ${Math.round(report.durationMs)} ms; ${total.socketErrors} socket errors, ` +
      `${total.handlerErrors} handler errors`,
  );
}

function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
