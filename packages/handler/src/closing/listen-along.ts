import type { EventEmitter } from 'node:events';

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
  const listening = (): boolean => emitter.listeners(event).includes(ours);
  const join = (): void => {
    if (!listening()) emitter.prependListener(event, ours);
  };
  if (emitter.listenerCount(event) > 0) join();
  emitter.on('newListener', (name, added) => {
    if (name === event && added !== ours) join();
  });
  emitter.on('removeListener', (name, removed) => {
    if (name !== event || removed === ours) return;
    if (emitter.listenerCount(event) === 1 && listening()) emitter.off(event, ours);
  });
}
