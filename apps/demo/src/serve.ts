import { once } from 'node:events';
import type { Framing } from '@sockpool/echo-protocol';
import type { CloseReport, ListenOptions } from '@sockpool/process-pool';
import { createPool, type PoolName } from './pools.ts';

/** How the demo's server serves. */
export interface ServeOptions extends ListenOptions {
  readonly pool: PoolName;
  readonly workers: number | undefined;
  readonly maxConnectionsPerWorker: number | undefined;
  /** How long a close waits for open connections, in milliseconds. */
  readonly graceMs: number | undefined;
  /** Whether signals restart, resize and upgrade the pool. */
  readonly controlSignals: boolean;
  /** The handler module. */
  readonly handler: URL;
  readonly workerData?: { readonly framing: Framing; readonly talk: 'messages' | 'nothing' };
}

/** Serves until SIGTERM or SIGINT, closes gracefully, and prints what became of the connections. */
export async function serve(options: ServeOptions): Promise<CloseReport> {
  const { pool: name, workers, maxConnectionsPerWorker, graceMs } = options;
  const pool = createPool(name, {
    handler: options.handler,
    workerData: options.workerData,
    controlSignals: options.controlSignals,
    ...(workers !== undefined && { workers }),
    ...(maxConnectionsPerWorker !== undefined && { maxConnectionsPerWorker }),
    ...(graceMs !== undefined && { shutdown: { graceMs } }),
  });
  pool.on('handlerError', (error, { workerId }) =>
    console.error(`worker ${workerId}: ${error.message}`),
  );
  pool.on('workerRespawn', (workerId, delayMs) =>
    console.error(`worker ${workerId} died and is replaced in ${Math.round(delayMs)} ms`),
  );
  pool.on('restarted', ({ generation, cutConnections, durationMs }) =>
    console.log(
      `restarted in ${Math.round(durationMs)} ms: generation ${generation}, ${cutConnections} connections cut`,
    ),
  );
  pool.on('resized', ({ previousWorkers, workers: now }) =>
    console.log(`resized from ${previousWorkers} to ${now} workers`),
  );
  pool.on('upgraded', (pid) => console.log(`upgraded: process ${pid} serves from now on`));
  const closed = once(pool, 'closed') as Promise<[CloseReport]>;
  const address = await pool.listen({
    ...(options.port !== undefined && { port: options.port }),
    ...(options.host !== undefined && { host: options.host }),
  });
  console.log(
    `listening on ${typeof address === 'string' ? address : hostAndPort(address.address, address.port)}`,
  );
  const [report] = await closed;
  const { total } = await pool.stats();
  console.log(
    `served ${total.totalConnections} connections; at the close ` +
      `${report.drainedConnections} drained and ${report.cutConnections} cut ` +
      `in ${Math.round(report.durationMs)} ms; ${total.socketErrors} socket errors, ` +
      `${total.handlerErrors} handler errors`,
  );
  return report;
}

function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
