import { EXIT } from '../cli/exit-codes.ts';
import { integerFlag } from '../cli/integer-flag.ts';
import type { Told } from '../cli/told.ts';
import { bytes, duration, print, table } from './print.ts';
import { asking, target } from './target.ts';

const HEAD = [
  'WORKER',
  'CLIENT',
  'STATE',
  'STATE-FOR',
  'DOES',
  'DOES-FOR',
  'OPEN-FOR',
  'READ',
  'WRITTEN',
  'REQUEST',
] as const;

/** `sockpool connections`: those that hold up a drain first, then those at work for the longest. */
export async function connections({ flags }: Told): Promise<number> {
  const limit = integerFlag(flags, 'limit');
  const pool = await target(flags);
  const answer = await asking(() => pool.connections(limit));
  print(flags['json'] === true, answer, () => {
    const rows = answer.workers
      .flatMap((worker) => (worker.connections ?? []).map((each) => ({ worker, each })))
      .toSorted(({ each: left }, { each: right }) => urgency(right) - urgency(left));
    const silent = answer.workers
      .filter((worker) => worker.connections === undefined)
      .map(
        ({ workerId, activeConnections }) =>
          `Worker ${workerId} does not answer; it has ${activeConnections} connections`,
      );
    const shown = table(
      HEAD,
      rows.map(({ worker, each }) => [
        worker.workerId,
        each.remoteAddress === undefined ? '-' : `${each.remoteAddress}:${each.remotePort}`,
        each.state,
        duration(each.stateForMs),
        each.activity,
        duration(each.activityForMs),
        duration(each.openForMs),
        bytes(each.bytesRead),
        bytes(each.bytesWritten),
        each.request ?? '',
      ]),
    );
    return [shown, ...silent].join('\n');
  });
  return EXIT.done;
}

function urgency(connection: {
  readonly state: string;
  readonly activity: string;
  readonly activityForMs: number;
}): number {
  const { state, activity, activityForMs } = connection;
  return (state === 'draining' ? 2e15 : 0) + (activity === 'serving' ? 1e15 : 0) + activityForMs;
}
