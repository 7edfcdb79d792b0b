import type { InspectionOrder } from '../protocol/inspection.ts';
import type { InspectedWorker, WorkerInspector } from './worker-inspector.ts';

/** Looks into a worker on the primary's behalf; what does so is loaded when it is asked for first. */
export class Inspection {
  readonly #worker: InspectedWorker;
  #inspector: Promise<WorkerInspector> | undefined;

  /** @param worker what is looked into */
  constructor(worker: InspectedWorker) {
    this.#worker = worker;
  }

  /** Obeys an order. */
  async obey(order: InspectionOrder): Promise<void> {
    this.#inspector ??= import('./worker-inspector.ts').then(
      ({ WorkerInspector: Inspector }) => new Inspector(this.#worker),
    );
    (await this.#inspector).receive(order);
  }
}
