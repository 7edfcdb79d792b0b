import { doneWithin } from '../supervision/deadline.ts';
import { asError } from '../../errors/error-record.ts';
import { describeExit } from '../../protocol/worker-end.ts';
import type { ManagedWorker } from '../supervision/managed-worker.ts';
import type { Generation, WorkerSlot } from '../supervision/worker-slot.ts';
import type { ResolvedChangeOptions } from '../../options/workers/restart-options.ts';
import { WorkerCrashError } from '../../errors/rollout-errors.ts';
import type { Departure, Supervisor } from '../supervision/supervisor.ts';

/** How workers are exchanged for those of a generation. */
export interface RollingRestart extends Pick<
  ResolvedChangeOptions,
  'limits' | 'parallelBoots' | 'minReadyMs'
> {
  readonly generation: Generation;
  /** Workers beyond the number of slots, those on their way out included. */
  readonly maxSurge: number;
  /** Tries a new worker before it takes over. */
  readonly probe: ((worker: ManagedWorker) => Promise<void>) | undefined;
  /** Ends it early: what is not ready is killed, what has taken over stays. */
  readonly signal: AbortSignal;
  /** Kills the leaving workers. */
  readonly force: AbortSignal;
  /** Called when other workers than before take connections. */
  readonly onTakenOver: () => void;
  /** Called when workers of the generation before did not boot either; the new ones stay. */
  readonly onStranded: (error: Error) => void;
}

/** What has taken over, while the workers of before finish their connections. */
export interface TakenOver {
  /** Resolves when the last of them has ended. */
  readonly departures: Promise<Departure[]>;
}

/**
 * Exchanges the workers of slots, batch by batch: all new ones of a batch are ready
 * before one of them takes connections, and have taken connections for `minReadyMs` before
 * an old one leaves. There are never more than `maxSurge` workers too many: the next batch
 * waits for enough of the leaving ones to end.
 *
 * If a new worker does not boot, fails its probe, or dies before the last batch has served
 * for `minReadyMs`, the slots of the batch go back to the workers that they had, and those
 * of earlier batches to new workers of the generation that they had.
 *
 * @param supervisor the keeper of the workers
 * @param slots whose workers are exchanged
 * @param how how
 * @returns when every slot is exchanged for good: the workers that leave
 * @throws {unknown} what is wrong with a new worker, after the way back
 */
export async function rollingRestart(
  supervisor: Supervisor,
  slots: readonly WorkerSlot[],
  how: RollingRestart,
): Promise<TakenOver> {
  const departures: Promise<Departure[]>[] = [];
  const exchanged: { readonly slot: WorkerSlot; readonly before: Generation }[] = [];
  const successors: ManagedWorker[] = [];
  for (const batch of batches(slots, how.maxSurge)) {
    const before = batch.map((slot) => ({ slot, before: slot.generation }));
    try {
      departures.push((await exchange(supervisor, batch, how, successors)).departures);
    } catch (error) {
      await goBack(supervisor, exchanged, how);
      throw error;
    }
    exchanged.push(...before);
  }
  return { departures: Promise.all(departures).then((each) => each.flat()) };
}

/** @param successors the new workers so far, to which those of the batch are added */
async function exchange(
  supervisor: Supervisor,
  slots: readonly WorkerSlot[],
  how: RollingRestart,
  successors: ManagedWorker[],
): Promise<TakenOver> {
  await supervisor.leavingAtMost(how.maxSurge - slots.length, how.signal);
  how.signal.throwIfAborted();
  await supervisor.bootStandbys(slots, how);
  how.signal.throwIfAborted();
  await supervisor.takeOver(slots, how.generation);
  how.onTakenOver();
  successors.push(...slots.flatMap(({ worker }) => worker ?? []));
  const crash = await crashWithin(successors, how);
  const leaving = crash === undefined ? supervisor.confirm(slots) : supervisor.rollBack(slots);
  const departures = supervisor.retire(leaving, how.limits, how.force);
  if (crash !== undefined) {
    how.onTakenOver();
    throw crash;
  }
  return { departures };
}

/** Watches workers that have begun to serve; a pool that closes ends it. */
async function crashWithin(
  workers: readonly ManagedWorker[],
  { minReadyMs, signal }: RollingRestart,
): Promise<WorkerCrashError | undefined> {
  const servingSinceMs = performance.now();
  const dead = (): ManagedWorker | undefined =>
    workers.find(({ exit }) => exit?.expected === false);
  if (dead() === undefined && minReadyMs > 0) {
    await doneWithin(Promise.race(workers.map(({ exited }) => exited)), minReadyMs, signal);
  }
  const worker = dead();
  if (worker?.exit === undefined) return undefined;
  const afterMs = Math.round(performance.now() - servingSinceMs);
  const how = `${describeExit(worker.exit)} within ${afterMs} ms of serving`;
  return new WorkerCrashError(worker.id, how, worker.lastError);
}

/** Gives slots workers of the generation before. One that does not boot either stays new. */
async function goBack(
  supervisor: Supervisor,
  exchanged: readonly { readonly slot: WorkerSlot; readonly before: Generation }[],
  how: RollingRestart,
): Promise<void> {
  if (how.signal.aborted) return;
  const back = { ...how, minReadyMs: 0, probe: undefined };
  for (const batch of batches(exchanged, how.maxSurge)) {
    for (const generation of new Set(batch.map(({ before }) => before))) {
      const slots = batch.filter(({ before }) => before === generation).map(({ slot }) => slot);
      try {
        await exchange(supervisor, slots, { ...back, generation }, []);
      } catch (error) {
        how.onStranded(asError(error));
      }
    }
  }
}

function batches<Item>(items: readonly Item[], size: number): Item[][] {
  const step = Math.min(size, Math.max(1, items.length));
  return Array.from({ length: Math.ceil(items.length / step) }, (_, index) =>
    items.slice(index * step, (index + 1) * step),
  );
}
