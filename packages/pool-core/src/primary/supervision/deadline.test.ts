import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Deadline, doneWithin } from './deadline.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new Promise<never>(() => undefined);

describe('doneWithin', () => {
  test('is true for what is done in time, and leaves no timer', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const result = doneWithin(promise, 100);
    expect(vi.getTimerCount()).toBe(1);
    resolve();
    expect(await result).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is false when the time is over, not a millisecond earlier', async () => {
    const seen: boolean[] = [];
    const result = doneWithin(never, 100).then((done) => seen.push(done));
    await vi.advanceTimersByTimeAsync(99);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await result;
    expect(seen).toEqual([false]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('takes a rejection for done', async () => {
    expect(await doneWithin(Promise.reject(new Error('gone')), 100)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waits without a timer when the time is Infinity', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const result = doneWithin(promise, Infinity);
    expect(vi.getTimerCount()).toBe(0);
    resolve();
    expect(await result).toBe(true);
  });

  test('ends with the signal, and leaves neither timer nor listener', async () => {
    const { signal, abort } = ((controller) => ({
      signal: controller.signal,
      abort: () => controller.abort(),
    }))(new AbortController());
    const result = doneWithin(never, 100, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    abort();
    expect(await result).toBe(false);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('does not wait when the signal has fired already', async () => {
    expect(await doneWithin(never, Infinity, AbortSignal.abort())).toBe(false);
  });
});

describe('Deadline', () => {
  test('is shared: what one wait has used, the next one does not have', async () => {
    const deadline = new Deadline(100);
    expect(deadline.remainingMs()).toBe(100);
    await vi.advanceTimersByTimeAsync(60);
    expect(deadline.remainingMs()).toBe(40);
    await vi.advanceTimersByTimeAsync(60);
    expect(deadline.remainingMs()).toBe(0);
  });

  test('of Infinity never comes', async () => {
    const deadline = new Deadline(Infinity);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(deadline.remainingMs()).toBe(Infinity);
  });
});
