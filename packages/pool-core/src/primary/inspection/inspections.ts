import { fromErrorRecord } from '../../errors/error-record.ts';
import { InspectionError, WorkerNotRunningError } from '../../errors/inspection-errors.ts';
import {
  type InspectOptions,
  resolveConnectionsLimit,
  resolveInspectOptions,
} from '../../options/workers/inspect-options.ts';
import type { InspectionOrder, InspectionPart } from '../../protocol/inspection.ts';
import type { ManagedWorker } from '../supervision/managed-worker.ts';
import { workerInfo } from '../../options/workers/worker-info.ts';
import type { WorkerConnections } from './worker-connections.ts';

/** How long a worker's list of connections is waited for, in milliseconds. */
const LIST_TIMEOUT_MS = 2_000;

/** How long it may take to find out what a worker is doing, in milliseconds. */
const STACK_TIMEOUT_MS = 3_000;

/** Without the number that tells to which request it belongs. */
type Order<Kind> = Kind extends InspectionOrder ? Omit<Kind, 'requestId'> : never;

/** A worker that was asked, and who waits for its answer; undefined tells that it is gone. */
interface Request {
  readonly worker: ManagedWorker;
  readonly answer: (part: InspectionPart | undefined) => void;
}

/**
 * Looks into workers while they run: which connections they have, what they do, what fills their
 * heap. It costs nothing until somebody asks.
 */
export class Inspections {
  readonly #workers: () => readonly ManagedWorker[];
  readonly #requests = new Map<number, Request>();
  /** One profile or snapshot at a time, for each worker. */
  readonly #busy = new WeakSet<ManagedWorker>();
  #nextRequestId = 0;

  /** @param workers those that are there */
  constructor(workers: () => readonly ManagedWorker[]) {
    this.#workers = workers;
  }

  /** Takes the next part of what a worker was asked for. */
  receive(worker: ManagedWorker, message: InspectionPart): void {
    const request = this.#requests.get(message.requestId);
    if (request?.worker === worker) request.answer(message);
  }

  /** Tells who waits for a worker that it is gone. */
  workerGone(worker: ManagedWorker): void {
    for (const request of this.#requests.values()) {
      if (request.worker === worker) request.answer(undefined);
    }
  }

  /** Asks every worker for the connections that it has open. */
  async connections(options: { readonly limit?: number }): Promise<WorkerConnections[]> {
    const limit = resolveConnectionsLimit(options);
    const lists = await Promise.all(
      this.#workers().map((worker) => this.#connectionsOf(worker, limit)),
    );
    // One that ended meanwhile has none.
    return lists.filter(({ state }) => state !== 'exited');
  }

  /** Takes what the options say of one worker, as text, part by part. */
  async *inspect(options: InspectOptions): AsyncGenerator<string, void> {
    const { workerId, nativeId, take, durationMs, signal } = resolveInspectOptions(options);
    const worker = this.#find(workerId, nativeId);
    if (take === 'stack') {
      const timeout = AbortSignal.timeout(STACK_TIMEOUT_MS);
      yield await worker.readStack(signal ? AbortSignal.any([timeout, signal]) : timeout);
      return;
    }
    if (this.#busy.has(worker)) {
      throw new InspectionError(workerId, 'a profile or a snapshot of it is being taken already');
    }
    this.#busy.add(worker);
    worker.heapIsTaken = take === 'heapSnapshot';
    try {
      yield* this.#text(
        worker,
        take === 'cpuProfile' ? { type: 'profileCpu', durationMs } : { type: 'snapshotHeap' },
        signal,
      );
    } finally {
      worker.heapIsTaken = false;
      this.#busy.delete(worker);
    }
  }

  async #connectionsOf(worker: ManagedWorker, limit: number): Promise<WorkerConnections> {
    // It has none, and hears nothing while its modules load.
    if (worker.state === 'starting') {
      return { ...workerInfo(worker), activeConnections: 0, connections: [] };
    }
    const list = await worker.listConnections(limit, LIST_TIMEOUT_MS);
    return {
      ...workerInfo(worker),
      activeConnections: list?.total ?? worker.activeConnections,
      connections: list?.connections,
    };
  }

  async *#text(
    worker: ManagedWorker,
    order: Order<InspectionOrder>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<string, void> {
    const requestId = this.#nextRequestId++;
    let next = Promise.withResolvers<InspectionPart | undefined>();
    const onAbort = (): void => next.reject(signal?.reason);
    this.#requests.set(requestId, { worker, answer: (message) => next.resolve(message) });
    signal?.addEventListener('abort', onAbort, { once: true });
    let over = false;
    try {
      signal?.throwIfAborted();
      worker.send({ ...order, requestId });
      for (;;) {
        const message = await next.promise;
        if (message === undefined) {
          over = true;
          throw new InspectionError(worker.id, 'the worker has ended');
        }
        over = message.part === undefined;
        if (message.error !== undefined) {
          const cause = fromErrorRecord(message.error);
          throw new InspectionError(worker.id, cause.message, { cause });
        }
        if (message.part === undefined) return;
        // Its loop turns again.
        worker.heapIsTaken = false;
        // Made before a slow reader takes the part: the worker may end meanwhile.
        next = Promise.withResolvers();
        next.promise.catch(() => undefined);
        yield message.part;
        signal?.throwIfAborted();
        worker.send({ type: 'nextPart', requestId });
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#requests.delete(requestId);
      if (!over) worker.send({ type: 'stopInspection', requestId });
    }
  }

  #find(workerId: number, nativeId: number | undefined): ManagedWorker {
    const candidates = this.#workers().filter(
      ({ id, state }) => id === workerId && state !== 'starting' && state !== 'exited',
    );
    const found =
      nativeId === undefined
        ? (candidates.findLast(({ state }) => state === 'ready') ?? candidates.at(-1))
        : candidates.find((worker) => worker.nativeId === nativeId);
    if (found === undefined) throw new WorkerNotRunningError(workerId, nativeId);
    return found;
  }
}
