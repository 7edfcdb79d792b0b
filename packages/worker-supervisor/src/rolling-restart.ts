import { asError } from './error-record.ts';
import type { StopStep } from './escalation.ts';
import type { ManagedWorker } from './managed-worker.ts';
import type { Generation, Place } from './place.ts';
import type { ResolvedChangeOptions } from './restart-options.ts';
import type { Supervisor } from './supervisor.ts';

/** How workers are exchanged for those of a generation. */
export interface RollingRestart extends ResolvedChangeOptions {
  readonly generation: Generation;
  /** Workers beyond the number of places. */
  readonly maxSurge: number;
  /** Ends it early: what is not ready is killed, what has taken over stays. */
  readonly signal: AbortSignal;
  /** Kills the leaving workers. */
  readonly force: AbortSignal;
  /** Called when new workers have taken over, before the old ones leave. */
  readonly onTakenOver: () => void;
  /** Called when workers of the generation before did not boot either; the new ones stay. */
  readonly onStranded: (error: Error) => void;
}

/** The workers that left, and how. */
export interface Departure {
  readonly worker: ManagedWorker;
  readonly step: StopStep;
}

/**
 * Exchanges the workers of places, batch by batch: all new ones of a batch are ready
 * before one of them takes connections, and take connections before an old one leaves.
 * The batch has drained before the next one begins, so that there are never more than
 * `maxSurge` workers too many.
 *
 * If one does not boot, the places of earlier batches go back to workers of the
 * generation that they had.
 *
 * @param supervisor the keeper of the workers
 * @param places whose workers are exchanged
 * @param how how
 * @returns the workers that left
 * @throws {unknown} what kept a new worker from being ready, after the way back
 */
export async function rollingRestart(
  supervisor: Supervisor,
  places: readonly Place[],
  how: RollingRestart,
): Promise<Departure[]> {
  const departures: Departure[] = [];
  const exchanged: { readonly place: Place; readonly before: Generation }[] = [];
  for (const batch of batches(places, how.maxSurge)) {
    const before = batch.map((place) => ({ place, before: place.generation }));
    try {
      departures.push(...(await exchange(supervisor, batch, how)));
    } catch (error) {
      await goBack(supervisor, exchanged, how);
      throw error;
    }
    exchanged.push(...before);
  }
  return departures;
}

async function exchange(
  supervisor: Supervisor,
  places: readonly Place[],
  how: RollingRestart,
): Promise<Departure[]> {
  await supervisor.bootStandbys(places, how);
  how.signal.throwIfAborted();
  const leaving = await supervisor.takeOver(places, how.generation);
  how.onTakenOver();
  const steps = await supervisor.retire(leaving, how.limits, how.force);
  return leaving.map((worker, index) => ({ worker, step: steps[index] ?? 'abandoned' }));
}

/** Gives places workers of the generation before. One that does not boot either stays new. */
async function goBack(
  supervisor: Supervisor,
  exchanged: readonly { readonly place: Place; readonly before: Generation }[],
  how: RollingRestart,
): Promise<void> {
  if (how.signal.aborted) return;
  for (const batch of batches(exchanged, how.maxSurge)) {
    for (const generation of new Set(batch.map(({ before }) => before))) {
      const places = batch.filter(({ before }) => before === generation).map(({ place }) => place);
      try {
        await exchange(supervisor, places, { ...how, generation });
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
