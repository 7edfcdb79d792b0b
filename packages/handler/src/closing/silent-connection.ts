import type { Socket } from 'node:net';
import type { DrainTerms } from './drain-terms.ts';
import { destroyAfterEnd } from './lingering-close.ts';
import { afterQuietTime } from './quiet-time.ts';

/**
 * Ends a connection on which not even a handshake has begun when its worker leaves. May be
 * called again with other terms.
 *
 * @param connection of which nobody but a handshake reads
 * @param terms how long to wait
 * @param silence since when it has been silent, and how much had been read by then
 */
export function endWhenSilent(
  connection: Socket,
  terms: DrainTerms,
  { sinceMs, bytesBefore }: { readonly sinceMs: number; readonly bytesBefore: number },
): void {
  destroyAfterEnd(connection, terms.lingerMs);
  const dueMs = Math.min(terms.endIdleAtMs, sinceMs + terms.firstRequestGraceMs);
  const giveUp = afterQuietTime(dueMs - performance.now(), () => {
    if (connection.bytesRead === bytesBefore) connection.end();
  });
  connection.once('close', giveUp);
}
