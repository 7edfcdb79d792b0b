import type { Drain, DrainingConnection, WorkerRow } from '../wire.ts';
import type { ConnectionLike, DashboardPool } from './measured-pool.ts';

/** How many connections of each worker are looked at; the longest open come first. */
const LIMIT = 200;

/** How many are told. */
const MAX_TOLD = 20;

/** States of a worker that is on its way out. */
const LEAVING: ReadonlySet<string> = new Set(['draining', 'terminating']);

/** Asks workers on their way out which connections they wait for, while there are such workers. */
export class DrainWatch {
  readonly #pool: DashboardPool;
  readonly #onChange: (drain: Drain | null) => void;
  #asking = false;
  #drain: Drain | null = null;

  /**
   * @param pool whose workers they are
   * @param onChange is told what holds up a drain; null when nothing does any more
   */
  constructor(pool: DashboardPool, onChange: (drain: Drain | null) => void) {
    this.#pool = pool;
    this.#onChange = onChange;
  }

  /** What was found last. */
  get drain(): Drain | null {
    return this.#drain;
  }

  /**
   * Looks, unless an earlier look still waits for a worker.
   *
   * @param workers the workers as they are
   */
  look(workers: readonly WorkerRow[]): void {
    if (!workers.some(({ state }) => LEAVING.has(state))) {
      if (this.#drain !== null) this.#set(null);
      return;
    }
    if (this.#asking) return;
    this.#asking = true;
    void this.#ask().finally(() => {
      this.#asking = false;
    });
  }

  async #ask(): Promise<void> {
    try {
      const lists = await this.#pool.connections({ limit: LIMIT });
      const leaving = lists.filter(({ state }) => LEAVING.has(state));
      const all = leaving.flatMap(({ workerId, connections = [] }) =>
        connections.filter(holdsUp).map((each) => described(workerId, each)),
      );
      this.#set({
        atMs: Date.now(),
        workers: leaving.map(
          ({ workerId, nativeId, generation, activeConnections, connections }) => ({
            workerId,
            nativeId,
            generation,
            activeConnections,
            answered: connections !== undefined,
          }),
        ),
        connections: all.toSorted((a, b) => b.activityForMs - a.activityForMs).slice(0, MAX_TOLD),
        holding: all.length,
      });
    } catch {
      // The pool closes meanwhile.
      this.#set(null);
    }
  }

  #set(drain: Drain | null): void {
    this.#drain = drain;
    this.#onChange(drain);
  }
}

function holdsUp({ state, activity }: ConnectionLike): boolean {
  return state === 'draining' && activity === 'serving';
}

function described(workerId: number, connection: ConnectionLike): DrainingConnection {
  const { remoteAddress, remotePort, request, activityForMs, stateForMs } = connection;
  return {
    workerId,
    peer: remoteAddress === undefined ? 'unknown' : `${remoteAddress}:${remotePort ?? ''}`,
    request: request ?? '',
    activityForMs,
    drainingForMs: stateForMs,
  };
}
