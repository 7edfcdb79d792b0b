import { toErrorRecord } from '../errors/error-record.ts';
import type { InspectionMessage, InspectionOrder } from '../protocol/inspection.ts';
import { type ConnectionsInWorker, openConnections } from './open-connections.ts';

/** How long a part of a text is at most, in UTF-16 units. */
const PART_LENGTH = 262_144;

/** What an inspector needs of its worker. */
export interface InspectedWorker {
  readonly connections: () => ConnectionsInWorker;
  readonly send: (message: InspectionMessage) => void;
}

/**
 * Looks into a worker on the primary's behalf: lists its connections, profiles its CPU, takes its
 * heap. Texts go part by part, each when the one before has been taken, so that a slow reader holds
 * no memory of the primary. Loaded only when it is asked for.
 */
export class WorkerInspector {
  readonly #worker: InspectedWorker;
  readonly #texts = new Map<number, AsyncGenerator<string, void>>();
  readonly #stops = new Map<number, AbortController>();

  constructor(worker: InspectedWorker) {
    this.#worker = worker;
  }

  /** Obeys an order. */
  receive(order: InspectionOrder): void {
    const { requestId } = order;
    switch (order.type) {
      case 'listConnections': {
        const worker = this.#worker.connections();
        const connections = openConnections(worker, order.limit);
        const total = worker.connections.size;
        this.#worker.send({ type: 'connections', requestId, connections, total });
        break;
      }
      case 'profileCpu': {
        const stop = new AbortController();
        this.#stops.set(requestId, stop);
        this.#begin(requestId, cpuProfile(order.durationMs, stop.signal));
        break;
      }
      case 'snapshotHeap':
        this.#begin(requestId, heapSnapshot());
        break;
      case 'nextPart':
        void this.#next(requestId);
        break;
      case 'stopInspection':
        this.#stops.get(requestId)?.abort();
        void this.#texts.get(requestId)?.return();
        this.#end(requestId);
        break;
    }
  }

  #begin(requestId: number, text: AsyncGenerator<string, void>): void {
    this.#texts.set(requestId, text);
    void this.#next(requestId);
  }

  async #next(requestId: number): Promise<void> {
    const text = this.#texts.get(requestId);
    if (text === undefined) return;
    try {
      const { value, done } = await text.next();
      if (done === true) this.#end(requestId);
      this.#worker.send({ type: 'inspectionPart', requestId, part: value ?? undefined });
    } catch (thrown) {
      this.#end(requestId);
      const error = toErrorRecord(thrown);
      this.#worker.send({ type: 'inspectionPart', requestId, part: undefined, error });
    }
  }

  #end(requestId: number): void {
    this.#texts.delete(requestId);
    this.#stops.delete(requestId);
  }
}

/** What Chrome's and VS Code's profilers open as a `.cpuprofile`. */
async function* cpuProfile(durationMs: number, signal: AbortSignal): AsyncGenerator<string, void> {
  const { Session } = await import('node:inspector/promises');
  const { setTimeout: wait } = await import('node:timers/promises');
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await wait(durationMs, undefined, { signal, ref: false });
    const { profile } = await session.post('Profiler.stop');
    const text = JSON.stringify(profile);
    for (let at = 0; at < text.length; at += PART_LENGTH) yield text.slice(at, at + PART_LENGTH);
  } finally {
    session.disconnect();
  }
}

/** What Chrome's DevTools open as a `.heapsnapshot`. */
async function* heapSnapshot(): AsyncGenerator<string, void> {
  const { getHeapSnapshot } = await import('node:v8');
  const snapshot = getHeapSnapshot().setEncoding('utf8');
  let part = '';
  for await (const chunk of snapshot as AsyncIterable<string>) {
    part += chunk;
    if (part.length < PART_LENGTH) continue;
    yield part;
    part = '';
  }
  if (part !== '') yield part;
}
