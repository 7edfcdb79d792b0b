import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Requests } from './requests.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('Requests gives each question its own answer, whatever their order', async () => {
  const requests = new Requests<string>();
  const ids: number[] = [];
  const [first, second] = [
    requests.ask((id) => ids.push(id)),
    requests.ask((id) => ids.push(id), 1_000),
  ];
  const [firstId = -1, secondId = -1] = ids;
  requests.answer(secondId, 'two');
  requests.answer(firstId, 'one');
  expect([await first, await second]).toEqual(['one', 'two']);
});

test('Requests waits no longer than it is to, and an answer that comes late is of no use', async () => {
  const requests = new Requests<string>();
  let asked = -1;
  const answer = requests.ask((id) => {
    asked = id;
  }, 500);
  await vi.advanceTimersByTimeAsync(500);
  expect(await answer).toBeUndefined();
  requests.answer(asked, 'late');
});

test('Requests that nobody will answer any more are given up', async () => {
  const requests = new Requests<string>();
  const waiting = [requests.ask(() => undefined), requests.ask(() => undefined, 60_000)];
  requests.giveUp();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
});
