import type { EventEmitter } from 'node:events';

type Listener = (...args: unknown[]) => void;

/** Listeners that are there only while there are others. */
const ALONG = new WeakSet<Listener>();

/** Those of each emitter, by the name of their event. */
const EMITTERS = new WeakMap<EventEmitter, Map<unknown, Set<Listener>>>();

/**
 * Listens to an event ahead of the others, but only while there are others: Node's HTTP
 * servers treat a request differently when somebody listens to `upgrade`, `connect`,
 * `checkContinue`, `checkExpectation`, or, with http2, `request`.
 *
 * @param emitter the server
 * @param event the event's name
 * @param listener called before the listeners of others; of this event of this emitter only
 */
export function listenAlong<Args extends unknown[]>(
  emitter: EventEmitter,
  event: string,
  listener: (...args: Args) => void,
): void {
  // Called as it is, since it may be on the way of every request.
  const ours = listener as Listener;
  ALONG.add(ours);
  const events = EMITTERS.get(emitter) ?? follow(emitter);
  const listeners = events.get(event) ?? new Set();
  events.set(event, listeners.add(ours));
  if (hasOthers(emitter, event)) join(emitter, event, [ours]);
}

/** Follows who listens to an emitter, with one listener however many listen along. */
function follow(emitter: EventEmitter): Map<unknown, Set<Listener>> {
  const events = new Map<unknown, Set<Listener>>();
  EMITTERS.set(emitter, events);
  emitter.on('newListener', (event, added: Listener) => {
    if (!ALONG.has(added)) join(emitter, event, events.get(event) ?? []);
  });
  emitter.on('removeListener', (event, removed: Listener) => {
    const listeners = events.get(event);
    if (listeners === undefined || ALONG.has(removed) || hasOthers(emitter, event)) return;
    for (const each of listeners) emitter.off(event, each);
  });
  return events;
}

function hasOthers(emitter: EventEmitter, event: string): boolean {
  return emitter.listeners(event).some((each) => !ALONG.has(each));
}

function join(emitter: EventEmitter, event: string, listeners: Iterable<Listener>): void {
  for (const each of listeners) {
    if (!emitter.listeners(event).includes(each)) emitter.prependListener(event, each);
  }
}
