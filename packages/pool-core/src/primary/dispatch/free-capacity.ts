import type { ManagedWorker } from '../supervision/managed-worker.ts';

/** How many connections there may be. */
export interface CapacityLimits {
  readonly maxConnectionsPerWorker: number;
  /** Connections of all workers together, those that are going away included. */
  readonly maxConnections: number;
}

/** What is looked at of a worker. */
export type CapableWorker = Pick<ManagedWorker, 'state' | 'dispatchable' | 'activeConnections'>;

/** Decides which workers may be handed another connection; when none may, the pool is full. */
export class FreeCapacity<Worker extends CapableWorker> {
  readonly #limits: CapacityLimits;
  readonly #all: () => readonly Worker[];
  /** Workers found gone before their exit was told. */
  readonly #gone = new WeakSet<Worker>();
  #someGone = false;
  /** Those with free capacity, found anew each time in the same array. */
  readonly #free: Worker[] = [];
  #workers: readonly Worker[] | undefined;

  /**
   * @param limits how many connections there may be
   * @param workers the workers that are there; asked again only after {@link workersChanged}
   */
  constructor(limits: CapacityLimits, workers: () => readonly Worker[]) {
    this.#limits = limits;
    this.#all = workers;
  }

  /** There are other workers than before. */
  workersChanged(): void {
    this.#workers = undefined;
  }

  /** A worker has turned out to be gone: from now on it has no capacity. */
  gone(worker: Worker): void {
    this.#gone.add(worker);
    this.#someGone = true;
  }

  /** The workers with free capacity. Allocates nothing: the next call changes the array. */
  find(): readonly Worker[] {
    const { maxConnectionsPerWorker, maxConnections } = this.#limits;
    const free = this.#free;
    this.#workers ??= this.#all();
    let count = 0;
    let total = 0;
    for (const worker of this.#workers) {
      const { activeConnections } = worker;
      total += activeConnections;
      if (
        worker.state !== 'ready' ||
        !worker.dispatchable ||
        activeConnections >= maxConnectionsPerWorker ||
        (this.#someGone && this.#gone.has(worker))
      ) {
        continue;
      }
      free[count] = worker;
      count += 1;
    }
    if (total >= maxConnections) count = 0;
    if (free.length > count) free.length = count;
    return free;
  }
}
