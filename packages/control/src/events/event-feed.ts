import { type EventEmitter, errorMonitor } from 'node:events';
import type { ControllablePool } from '../controllable-pool.ts';
import { errorAnswer } from '../error-answer.ts';
import { POOL_EVENTS, type PoolEventName, type ToldEvent } from './pool-events.ts';

/** Events that are told in a second; a flood of refused connections must not cost the pool its time. */
const MAX_EVENTS_PER_SECOND = 500;

/** Gets each event, and the same as JSON. */
type Subscriber = (event: ToldEvent, json: string) => void;

/**
 * Tells the events of a pool to those who subscribe. Listens to the pool only while somebody does,
 * and never to `error`, which nobody else may hear then.
 */
export class EventFeed {
  readonly #pool: EventEmitter;
  readonly #subscribers = new Set<Subscriber>();
  readonly #listeners: readonly (readonly [string | symbol, (...values: unknown[]) => void])[];
  #secondBeganAtMs = 0;
  #told = 0;
  #skipped = 0;
  #secondEnds: NodeJS.Timeout | undefined;

  constructor(pool: ControllablePool) {
    this.#pool = pool as unknown as EventEmitter;
    this.#listeners = Object.keys(POOL_EVENTS).map((event) => [
      event === 'error' ? errorMonitor : event,
      (...values: unknown[]) => this.#tell(event as PoolEventName, values),
    ]);
  }

  /** How many listen. */
  get subscribers(): number {
    return this.#subscribers.size;
  }

  /**
   * Begins to tell.
   *
   * @param subscriber gets every event from now on
   * @returns ends it
   */
  subscribe(subscriber: Subscriber): () => void {
    if (this.#subscribers.size === 0) {
      for (const [event, listener] of this.#listeners) this.#pool.on(event, listener);
    }
    this.#subscribers.add(subscriber);
    return () => {
      if (!this.#subscribers.delete(subscriber) || this.#subscribers.size > 0) return;
      for (const [event, listener] of this.#listeners) this.#pool.off(event, listener);
      clearTimeout(this.#secondEnds);
      this.#secondEnds = undefined;
    };
  }

  #tell(event: PoolEventName, values: readonly unknown[]): void {
    const now = performance.now();
    if (now - this.#secondBeganAtMs >= 1_000) {
      this.#tellSkipped();
      this.#secondBeganAtMs = now;
      this.#told = 0;
    }
    this.#told += 1;
    // The last one is told whatever came before.
    if (this.#told > MAX_EVENTS_PER_SECOND && event !== 'closed') {
      this.#skipped += 1;
      this.#secondEnds ??= setTimeout(() => this.#tellSkipped(), 1_000).unref();
      return;
    }
    const names = POOL_EVENTS[event];
    this.#send(
      event,
      Object.fromEntries(names.map((name, index) => [name, toJson(values[index])])),
    );
  }

  #tellSkipped(): void {
    clearTimeout(this.#secondEnds);
    this.#secondEnds = undefined;
    if (this.#skipped > 0) this.#send('skipped', { events: this.#skipped });
    this.#skipped = 0;
  }

  #send(event: ToldEvent['event'], data: ToldEvent['data']): void {
    const told: ToldEvent = { event, at: new Date().toISOString(), data };
    const json = JSON.stringify(told);
    for (const subscriber of this.#subscribers) subscriber(told, json);
  }
}

/** Errors, which JSON shows as nothing, as answers tell them; one level of fields is looked through. */
function toJson(value: unknown): unknown {
  if (value instanceof Error) return errorAnswer(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      field instanceof Error ? errorAnswer(field) : field,
    ]),
  );
}
