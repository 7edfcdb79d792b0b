/**
 * Calls back after a time, and after one more look at what the sockets have received:
 * when the event loop was busy meanwhile, bytes may be waiting that are older than the
 * timer.
 *
 * @param delayMs how long to wait, in milliseconds; negative counts as 0
 * @param callback called once
 */
export function afterQuietTime(delayMs: number, callback: () => void): void {
  // Timers, then sockets, then immediates: the order of Node's event loop.
  setTimeout(() => setImmediate(callback), Math.max(0, delayMs));
}
