import { expect, test } from 'vitest';
import { from, repeatableRandom, schedulable } from '../../../test/fixtures/schedulable-worker.ts';
import type { SchedulingPolicy } from '../../options/scheduling-options.ts';
import { createScheduler } from './scheduling.ts';

const WORKERS = 4;
const VISITORS = 2_000;

interface Simulated {
  readonly worker: ReturnType<typeof schedulable>;
  readonly long: boolean;
}

/**
 * Lets visitors come one after the other. Each opens one connection that stays for long and
 * three that soon close, in that order, as a page with a WebSocket and three resources does;
 * now and then one of those that stay is closed at random.
 *
 * @returns how many connections the busiest worker has for each of the idlest, at worst, once
 *   there are enough for the ratio to mean something
 */
function worstRatio(policy: SchedulingPolicy): number {
  const random = repeatableRandom(20_191_121);
  const schedule = createScheduler(policy, { random });
  const workers = Array.from({ length: WORKERS }, (_, id) => schedulable(id));
  const open: Simulated[] = [];
  let worst = 1;
  for (let visitor = 0; visitor < VISITORS; visitor += 1) {
    for (const long of [true, false, false, false]) {
      const worker = schedule(workers, from(`10.0.${visitor >> 8}.${visitor & 255}`));
      worker.activeConnections += 1;
      open.push({ worker, long });
    }
    // The short ones of the visitor before the last close; so does one long one of three.
    for (let at = open.length - 9; at >= 0 && at >= open.length - 12; at -= 1) close(at);
    if (visitor % 3 === 0) close(Math.floor(random() * open.length), true);
    const loads = workers.map(({ activeConnections }) => activeConnections);
    if (visitor > 200) worst = Math.max(worst, Math.max(...loads) / Math.min(...loads));
  }
  return worst;

  function close(at: number, long = false): void {
    const connection = open[at];
    if (connection === undefined || connection.long !== long) return;
    connection.worker.activeConnections -= 1;
    open.splice(at, 1);
  }
}

test('Long-lived connections among short ones: least-connections keeps the ratio of the busiest to the idlest worker within 1.1', () => {
  expect(worstRatio('least-connections')).toBeLessThanOrEqual(1.1);
});

test('Long-lived connections among short ones: round-robin puts all of them on one worker', () => {
  expect(worstRatio('round-robin')).toBeGreaterThan(20);
});

test('Long-lived connections among short ones: power-of-two-choices comes close to least-connections', () => {
  expect(worstRatio('power-of-two-choices')).toBeLessThan(1.25);
});
