import type { WorkerState } from '../../options/workers/worker-info.ts';

/** A worker that may lead. */
export interface LeaderCandidate {
  readonly generation: number;
  readonly state: WorkerState;
  /** Whether it has its slot, and so is no worker on standby. */
  readonly inService: boolean;
  send(message: { readonly type: 'lead' }): void;
}

/**
 * Chooses which worker leads, see `runOnLeader()`. The next one is chosen only when the last one has let
 * go or is gone: there is no time after which a leader that does not answer loses it, since two might
 * run at once then.
 */
export class LeaderElection<Worker extends LeaderCandidate = LeaderCandidate> {
  readonly #wanting = new Set<Worker>();
  #leader: Worker | undefined;
  #stopped = false;

  /** The worker that leads. */
  get leader(): Worker | undefined {
    return this.#leader;
  }

  /** A worker has tasks for a leader; false if it has said so already. */
  wanted(worker: Worker): boolean {
    if (this.#wanting.has(worker) || this.#leader === worker) return false;
    this.#wanting.add(worker);
    this.update();
    return true;
  }

  /** The leader lets go; false if another worker says so. */
  released(worker: Worker): boolean {
    if (this.#leader !== worker) return false;
    this.#leader = undefined;
    this.update();
    return true;
  }

  /** A worker is gone, and nothing of it runs any more. */
  workerGone(worker: Worker): void {
    this.#wanting.delete(worker);
    if (this.#leader === worker) this.#leader = undefined;
    this.update();
  }

  /** Makes a worker the leader if there is none: of the newest generation, who has asked first. */
  update(): void {
    if (this.#stopped || this.#leader !== undefined) return;
    const able = [...this.#wanting].filter(
      ({ state, inService }) => state === 'ready' && inService,
    );
    const [first, ...others] = able;
    if (first === undefined) return;
    const next = others.reduce(
      (best, worker) => (worker.generation > best.generation ? worker : best),
      first,
    );
    this.#wanting.delete(next);
    this.#leader = next;
    next.send({ type: 'lead' });
  }

  /** Makes no worker the leader any more: the pool closes. */
  stop(): void {
    this.#stopped = true;
  }
}
