import type { ControlClient, StatusAnswer } from '@sockpool/control/client';
import type { Told } from '../cli/told.ts';
import { duration } from './print.ts';

/** How often it is looked at what is waited for, in milliseconds. */
const INTERVAL_MS = 1_000;

/** Where progress is written. */
export type ProgressOutput = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

/**
 * Tells people on a terminal what a command waits for, from its second second on, while it waits.
 * Says nothing with `--json`, and nothing to scripts, for which standard error has one line at the end.
 *
 * @param flags of the command
 * @param pool that it waits for
 * @param work what is waited for
 * @param output where to tell
 */
export async function withProgress<Result>(
  flags: Told['flags'],
  pool: Pick<ControlClient, 'status'>,
  work: () => Promise<Result>,
  output: ProgressOutput = process.stderr,
): Promise<Result> {
  if (output.isTTY !== true || flags['json'] === true) return work();
  const startedAtMs = performance.now();
  const known = new Set((await pool.status()).stats.workers.map(({ nativeId }) => nativeId));
  let told: string | undefined;
  let waits = true;
  const timer = setInterval(() => {
    pool.status().then(
      (answer) => {
        const text = progressText(answer, known);
        if (waits && text !== '' && text !== told) {
          output.write(`${duration(performance.now() - startedAtMs)}: ${text}\n`);
        }
        told = text;
      },
      // Such as in an upgrade: who waits is told by what is waited for.
      () => undefined,
    );
  }, INTERVAL_MS);
  try {
    return await work();
  } finally {
    waits = false;
    clearInterval(timer);
  }
}

/**
 * Says how far a change of a pool's workers is, and who is waited for.
 *
 * @param answer how the pool is
 * @param known the process or thread ids of the workers that were there before
 */
export function progressText(
  { workerCount, stats }: Pick<StatusAnswer, 'workerCount' | 'stats'>,
  known: ReadonlySet<number>,
): string {
  const fresh = stats.workers.filter(({ nativeId }) => !known.has(nativeId));
  const ready = fresh.filter(({ state }) => state === 'ready').length;
  const starting = fresh
    .filter(({ state }) => state === 'starting')
    .map(({ workerId }) => `worker ${workerId} starts`);
  const draining = stats.workers
    .filter(({ state }) => state === 'draining')
    .map(
      ({ workerId, nativeId, report }) =>
        `worker ${workerId} (${nativeId}) finishes its connections: ${report?.activeConnections ?? 'unknown'}`,
    );
  const waits = [...starting, ...draining];
  return [
    ...(fresh.length > 0 ? [`${ready} of ${workerCount} workers are new`] : []),
    ...(waits.length > 0 ? [waits.join(', ')] : []),
    ...(draining.length > 0 ? ['sockpool connections shows which'] : []),
  ].join('; ');
}
