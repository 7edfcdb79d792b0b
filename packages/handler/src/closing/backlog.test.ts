import { expect, test } from 'vitest';
import { backlogTaken } from './backlog.ts';

const noDeadline = { remainingMs: () => Infinity };

test('backlogTaken waits until some turns of the event loop have brought nothing', async () => {
  let left = 20;
  let accepted = 100;
  // Two at first, then one every second turn, as a busy listener takes them.
  const accept = (): void => {
    accepted += 1;
    left -= 1;
    if (left > 0) setImmediate(() => setImmediate(accept));
  };
  accepted += 1;
  accept();
  await backlogTaken(() => accepted, 1_000, noDeadline);
  expect(left).toBe(0);
});

test('backlogTaken ends under steady load when as many have come as the backlog holds', async () => {
  let accepted = 0;
  let asked = 0;
  await backlogTaken(
    () => {
      asked += 1;
      accepted += 1;
      return accepted;
    },
    50,
    noDeadline,
  );
  expect(accepted).toBeGreaterThanOrEqual(50);
  expect(asked).toBeLessThan(200);
});

test('backlogTaken ends early when the signal fires', async () => {
  let accepted = 0;
  const controller = new AbortController();
  await backlogTaken(
    () => {
      accepted += 1;
      if (accepted === 10) controller.abort();
      return accepted;
    },
    1_000_000,
    noDeadline,
    controller.signal,
  );
  expect(accepted).toBeLessThan(20);
});

test('backlogTaken ends at the deadline, however many go on coming', async () => {
  let accepted = 0;
  const overdue = { remainingMs: () => 0 };
  await backlogTaken(
    () => {
      accepted += 1;
      return accepted;
    },
    1_000_000,
    overdue,
  );
  expect(accepted).toBeLessThan(5);
});
