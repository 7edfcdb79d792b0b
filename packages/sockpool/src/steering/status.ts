import type { StatusAnswer } from '@sockpool/control/client';
import { EXIT } from '../cli/exit-codes.ts';
import type { Told } from '../cli/told.ts';
import { HungWorkers, type HungWorker, hungText } from './hung-workers.ts';
import { bytes, duration, print, table } from './print.ts';
import { asking, target } from './target.ts';

/** `sockpool status` */
export async function status({ flags }: Told): Promise<number> {
  const pool = await target(flags);
  const answer = await asking(() => pool.status());
  const hung = await new HungWorkers(pool).find(answer.health);
  print(flags['json'] === true, { ...answer, hung }, () => statusText(answer, hung));
  return answer.health.readiness.ok ? EXIT.done : EXIT.failed;
}

/**
 * Tells people how a pool is.
 *
 * @param answer what the pool told
 * @param hung its workers that hang
 */
export function statusText(
  { name, pid, uptimeMs, workerCount, health, stats }: StatusAnswer,
  hung: readonly HungWorker[],
): string {
  const { addresses, total } = stats;
  const at = addresses.map(placeText).join(' and ') || '-';
  const reasons = [...new Set([...health.liveness.reasons, ...health.readiness.reasons])];
  const conditions = new Map(
    health.workers.map(({ nativeId, condition }) => [nativeId, condition]),
  );
  const rows = stats.workers.map(({ workerId, nativeId, generation, state, report, ...worker }) => [
    workerId,
    nativeId,
    generation,
    state,
    conditions.get(nativeId) ?? '-',
    duration(worker.uptimeMs),
    report?.activeConnections ?? '-',
    report?.totalConnections ?? '-',
    report === undefined ? '-' : `${Math.round(report.eventLoopUtilization * 100)} %`,
    report === undefined ? '-' : bytes(report.heapUsedBytes),
  ]);
  return [
    `${name} (pid ${pid}, up ${duration(uptimeMs)}) is ${health.state} on ${at}, ` +
      `${health.readiness.ok ? 'ready' : 'not ready'}${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`,
    `${workerCount} workers; ${total.activeConnections} connections of ${total.totalConnections}, ` +
      `${stats.waitingConnections} waiting; ${total.handlerErrors} handler errors, ` +
      `${total.socketErrors} socket errors, ${stats.respawns} respawns`,
    '',
    table(
      ['WORKER', 'ID', 'GEN', 'STATE', 'CONDITION', 'UP', 'OPEN', 'SERVED', 'LOOP', 'HEAP'],
      rows,
    ),
    ...hung.map(hungText),
  ].join('\n');
}

function placeText(address: StatusAnswer['stats']['addresses'][number]): string {
  if (typeof address === 'string') return address;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${host}:${address.port}`;
}
