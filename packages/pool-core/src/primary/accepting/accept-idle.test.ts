import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AcceptIdleWatch } from './accept-idle.ts';
import { monotonicNowMs } from '../../protocol/monotonic-clock.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function watch(lastConnectionAtMs: () => number) {
  const startedAtMs = monotonicNowMs();
  const idleAtMs: number[] = [];
  const asked = vi.fn<() => Promise<number>>(async () => lastConnectionAtMs());
  const idleWatch = new AcceptIdleWatch(100, asked, () => {
    idleAtMs.push(Math.round(monotonicNowMs() - startedAtMs));
  });
  return { startedAtMs, idleAtMs, asked, idleWatch };
}

test('AcceptIdleWatch fires once when no connection ever came', async () => {
  const { idleAtMs } = watch(() => 0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(idleAtMs).toEqual([100]);
  expect(vi.getTimerCount()).toBe(0);
});

test('AcceptIdleWatch does not mind when the wall clock is set', async () => {
  const { idleAtMs } = watch(() => 0);
  vi.setSystemTime(Date.now() + 86_400_000);
  await vi.advanceTimersByTimeAsync(99);
  expect(idleAtMs).toEqual([]);
  vi.setSystemTime(0);
  await vi.advanceTimersByTimeAsync(900);
  expect(idleAtMs).toEqual([100]);
});

test('AcceptIdleWatch counts from the last connection, and asks for it only when the time may be up', async () => {
  let lastMs = 0;
  const { idleAtMs, asked, startedAtMs } = watch(() => lastMs);
  for (const afterMs of [10, 30, 90]) {
    setTimeout(() => {
      lastMs = startedAtMs + afterMs;
    }, afterMs);
  }
  await vi.advanceTimersByTimeAsync(1_000);
  expect(idleAtMs).toEqual([190]);
  expect(asked).toHaveBeenCalledTimes(2);
});

test('AcceptIdleWatch that was stopped leaves no timer, also while it asks', async () => {
  const { idleWatch } = watch(() => 0);
  idleWatch.stop();
  expect(vi.getTimerCount()).toBe(0);
  const answer = Promise.withResolvers<number>();
  const idle = vi.fn<() => void>();
  const asking = new AcceptIdleWatch(100, () => answer.promise, idle);
  await vi.advanceTimersByTimeAsync(100);
  asking.stop();
  answer.resolve(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(idle).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
