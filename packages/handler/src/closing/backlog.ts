import { setImmediate as nextTurn } from 'node:timers/promises';

/** Turns of the event loop without a new connection after which a backlog counts as empty. */
const QUIET_TURNS = 4;

/**
 * Waits until a listener has taken everything that waited in its backlog.
 *
 * Each turn of the event loop polls the listening descriptor, so a few turns
 * without a connection mean that nothing was waiting. Under steady load there
 * may always be one more; so at the latest it ends when as many have been taken
 * as the backlog can hold, by when all that were waiting at the start are in.
 *
 * @param accepted tells how many connections the listener has taken so far
 * @param backlog how many connections can wait in the kernel
 * @param deadline ends the wait, whoever may still come
 * @param signal ends the wait early
 */
export async function backlogTaken(
  accepted: () => number,
  backlog: number,
  deadline: { remainingMs(): number },
  signal?: AbortSignal,
): Promise<void> {
  const before = accepted();
  let last = before;
  for (let quiet = 0; quiet < QUIET_TURNS && last - before < backlog; quiet += 1) {
    await nextTurn();
    if (signal?.aborted === true || deadline.remainingMs() === 0) return;
    if (accepted() !== last) {
      last = accepted();
      quiet = -1;
    }
  }
}
