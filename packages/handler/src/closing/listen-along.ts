import type { EventEmitter } from 'node:events';

/** Listeners that are there only while there are others. */
const ALONG = new WeakSet<object>();

/**
 * Listens to an event ahead of the others, but only while there are others: Node's HTTP
 * servers treat a request differently when somebody listens to `upgrade`, `connect`,
 * `checkContinue`, `checkExpectation`, or, with http2, `request`.
 *
 * @param emitter the server
 * @param event the event's name
 * @param listener called before the listeners of others
 */
export function listenAlong<Args extends unknown[]>(
  emitter: EventEmitter,
  event: string,
  listener: (...args: Args) => void,
): void {
  const ours = (...args: Args): void => listener(...args);
  ALONG.add(ours);
  const others = (): boolean => emitter.listeners(event).some((each) => !ALONG.has(each));
  const join = (): void => {
    if (!emitter.listeners(event).includes(ours)) emitter.prependListener(event, ours);
  };
  if (others()) join();
  emitter.on('newListener', (name, added) => {
    if (name === event && !ALONG.has(added)) join();
  });
  emitter.on('removeListener', (name, removed) => {
    if (name === event && !ALONG.has(removed) && !others()) emitter.off(event, ours);
  });
}
