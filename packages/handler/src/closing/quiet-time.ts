/** The longest that a timer can wait, in milliseconds; what is later comes never. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls back after a time, and after one more look at what the sockets have received:
 * when the event loop was busy meanwhile, bytes may be waiting that are older than the
 * timer.
 *
 * @param delayMs how long to wait, in milliseconds; negative counts as 0, `Infinity` as never
 * @param callback called once
 * @returns gives it up
 */
export function afterQuietTime(delayMs: number, callback: () => void): () => void {
  if (delayMs > MAX_TIMER_MS) return () => undefined;
  let immediate: NodeJS.Immediate | undefined;
  // Timers, then sockets, then immediates: the order of Node's event loop.
  const timer = setTimeout(
    () => {
      immediate = setImmediate(callback);
    },
    Math.max(0, delayMs),
  );
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
