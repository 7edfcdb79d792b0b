import { backlogTaken } from '@sockpool/handler/closing';
import { Deadline, doneWithin } from '../supervision/deadline.ts';
import { toErrorRecord } from '../../errors/error-record.ts';
import { countSteps } from '../supervision/escalation.ts';
import type { CloseReport } from './pool-stats.ts';
import type { PoolWiring } from './wiring.ts';
import type { WorkerCounts } from '../../protocol/worker-report.ts';

/** How a pool closes. */
export interface Closing {
  /** Time for open connections to finish, in milliseconds. */
  readonly graceMs: number;
  /** Whether clients were served until now, so that some may wait in the backlog. */
  readonly wasListening: boolean;
  /** Whether another process takes the clients in the backlog. */
  readonly leaveBacklog: boolean;
  /** When it fires, everything is cut at once. */
  readonly force: AbortSignal;
}

/**
 * Waits until load balancers have noticed that the pool is no longer ready; clients are served meanwhile.
 *
 * @param readinessDelayMs how long that takes
 * @param closing how the pool closes: at once without clients, without a grace period, and when
 *   another process goes on
 * @returns undefined when there is nothing to wait for, so that a close begins in the same turn
 */
export function untilNoticed(
  readinessDelayMs: number,
  { graceMs, wasListening, leaveBacklog, force }: Closing,
): Promise<unknown> | undefined {
  if (!wasListening || readinessDelayMs === 0 || graceMs === 0 || leaveBacklog) return undefined;
  // Nothing but the signal ends it early.
  return doneWithin(new Promise(() => undefined), readinessDelayMs, force);
}

/**
 * Closes a pool: takes the clients out of the backlog, gives the addresses up, waits for
 * them to get a worker, and ends the workers.
 *
 * @param parts what is closed
 * @param closing how
 * @returns what became of the connections
 */
export async function closePool<KindOptions extends object>(
  parts: PoolWiring<KindOptions>,
  closing: Closing,
): Promise<CloseReport> {
  const { addresses, supervisor, dispatcher, shedder, totals } = parts;
  const { shutdown } = parts.options;
  const { graceMs, force } = closing;
  const startedAtMs = performance.now();
  const deadline = new Deadline(graceMs);
  // Without a grace period nothing drains.
  let endedBefore = Infinity;
  if (closing.wasListening && graceMs > 0) {
    endedBefore = closing.leaveBacklog
      ? endedConnections(totals.total(supervisor.workers))
      : await takeBacklog(parts, closing, deadline);
  }
  addresses.close();
  if (closing.wasListening) parts.reporter.tell('acceptingStopped');
  await doneWithin(dispatcher.idle(), deadline.remainingMs(), force);
  await doneWithin(shedder.idle(), deadline.remainingMs(), force);
  shedder.cut();
  let cutWaiting = dispatcher.cutWaiting();
  const lostBefore = totals.lost;
  const steps = await supervisor.stop({ ...shutdown, graceMs: deadline.remainingMs() }, force);
  // What came back from workers that ended before they had accepted it finds no other, and
  // a worker that could not be ended accepts nothing more.
  for (const worker of supervisor.workers) dispatcher.workerGone(worker);
  cutWaiting += dispatcher.cutWaiting();
  const ended = endedConnections(totals.total(supervisor.workers));
  return Object.freeze({
    drainedConnections: Math.max(0, ended - endedBefore - totals.cutAtClose),
    cutConnections: cutWaiting + totals.cutAtClose + totals.lost - lostBefore,
    durationMs: performance.now() - startedAtMs,
    workers: Object.freeze(countSteps(steps)),
  });
}

/**
 * Makes the primary take every client that waits in the kernel's backlog, and the
 * workers stop accepting. Meanwhile what was taken is already dispatched.
 *
 * @returns how many connections had ended by then, as each worker tells
 */
async function takeBacklog<KindOptions extends object>(
  { addresses, supervisor, totals, reporter }: PoolWiring<KindOptions>,
  { force }: Closing,
  deadline: Deadline,
): Promise<number> {
  const { workers } = supervisor;
  let ended = endedConnections(totals.past);
  try {
    await addresses.takeOver();
  } catch (error) {
    // Such as without a free descriptor. The pool closes all the same.
    reporter.logger.error(
      `Cannot take over the clients in the backlog: ${toErrorRecord(error).message}`,
    );
  }
  const order = { reason: 'close', graceMs: deadline.remainingMs() } as const;
  for (const worker of workers) worker.stopAccepting(order);
  await doneWithin(
    Promise.all(
      workers.map(async (worker) => {
        // Awaited first: the sum may have grown meanwhile.
        const counts = await worker.acceptingStopped;
        ended += endedConnections(counts);
      }),
    ),
    deadline.remainingMs(),
    force,
  );
  await backlogTaken(() => addresses.accepted, addresses.backlog, deadline, force);
  return ended;
}

/** How many connections had come and gone. */
function endedConnections({ totalConnections, activeConnections }: WorkerCounts): number {
  return totalConnections - activeConnections;
}
