import type { AddressInfo } from 'node:net';
import { type LoadResult, runLoad } from '@sockpool/load-client';
import type { CloseReport, PoolStats } from '@sockpool/process-pool';
import type { EchoServiceSettings, EchoTalk } from './echo-service.ts';
import { type AnyPool, createPool, type PoolName } from './pools.ts';
import { bytesLiteral, peerName } from './python-style.ts';

/** One of the notebook's programs: a pool, and clients that talk to it. */
export interface NotebookProgram {
  readonly title: string;
  readonly pool: PoolName;
  readonly workers: number;
  readonly clients: number;
  /** Messages that each client sends. */
  readonly messages: number;
  /** Longest think time before each message, in milliseconds. */
  readonly maxThinkMs: number;
  readonly talk: EchoTalk;
  /** Closes the pool when no client has come for this long, in milliseconds; else after the clients. */
  readonly acceptIdleTimeoutMs?: number;
}

/** What became of a program's run. */
export interface NotebookOutcome {
  readonly load: LoadResult;
  readonly stats: PoolStats;
  readonly close: CloseReport;
  /** Whether every client got every reply, and nothing was cut or reset. */
  readonly right: boolean;
}

/** Runs one of the notebook's programs, and prints what it prints and a summary. */
export async function runNotebookProgram(program: NotebookProgram): Promise<NotebookOutcome> {
  console.log(`\n=== ${program.title} ===`);
  const workerData: EchoServiceSettings = { framing: 'raw', talk: program.talk };
  const pool = createPool(program.pool, {
    handler: new URL('./echo-service.js', import.meta.url),
    workers: program.workers,
    maxConnectionsPerWorker: 1,
    // Workers that accept by themselves compete for clients.
    ...(program.pool === 'thread' && { scheduling: 'first-available' }),
    workerData,
    shutdown: { graceMs: Infinity },
    acceptIdleTimeoutMs: program.acceptIdleTimeoutMs ?? Infinity,
  });
  pool.once('acceptIdle', () => {
    console.log('exiting timed out . Will wait for ongoing connections to close');
  });
  const { port } = (await pool.listen()) as AddressInfo;
  const load = await talkTo(port, program);
  const stats = await pool.stats();
  const close = await closed(pool, program);
  if (program.acceptIdleTimeoutMs !== undefined) console.log('complete');
  const right =
    load.requests.right === program.clients * program.messages &&
    Object.values(load.errors).every((count) => count === 0) &&
    close.cutConnections === 0;
  printSummary(program, { load, stats, close, right });
  return { load, stats, close, right };
}

function talkTo(port: number, program: NotebookProgram): Promise<LoadResult> {
  return runLoad({
    port,
    connections: program.clients,
    requests: program.messages,
    thinkMs: [0, program.maxThinkMs],
    onReply: ({ localAddress, localPort, reply }) =>
      console.log(peerName(localAddress, localPort), bytesLiteral(reply)),
  });
}

async function closed(pool: AnyPool, program: NotebookProgram): Promise<CloseReport> {
  if (program.acceptIdleTimeoutMs === undefined || pool.state !== 'listening') return pool.close();
  const { promise, resolve } = Promise.withResolvers<CloseReport>();
  pool.once('closed', resolve);
  return promise;
}

function printSummary(program: NotebookProgram, { load, stats, close }: NotebookOutcome): void {
  const expected = program.clients * program.messages;
  const errors = Object.entries(load.errors).filter(([, count]) => count > 0);
  const shares = stats.workers.map(
    ({ workerId, report }) => `worker ${workerId}: ${report?.totalConnections ?? 0}`,
  );
  console.log(`--- ${load.requests.right} of ${expected} replies right`);
  console.log(`--- connections: ${shares.join(', ')}`);
  console.log(
    `--- ${errors.length === 0 ? 'nothing reset, nothing refused' : JSON.stringify(Object.fromEntries(errors))}` +
      `, ${close.cutConnections} connections cut at the close`,
  );
}
