import { expect, test } from 'vitest';
import { addCounts, NO_COUNTS, WorkerCounters } from './worker-report.ts';

test('WorkerCounters add up, each for itself', () => {
  const counters = new WorkerCounters();
  counters.add('messages', 3);
  counters.add('messages', 4);
  counters.add('activeConnections', 1);
  counters.add('activeConnections', -1);
  expect(counters.read()).toEqual({ ...NO_COUNTS, messages: 7 });
});

test('WorkerCounters count past 32 bits', () => {
  const counters = new WorkerCounters();
  counters.add('messages', 2 ** 40);
  counters.add('messages', 1);
  expect(counters.read().messages).toBe(2 ** 40 + 1);
});

test('Two WorkerCounters over one shared buffer show the same counts, and keep to their bytes', () => {
  const memory = new SharedArrayBuffer(WorkerCounters.BYTES + 16);
  const writer = new WorkerCounters(memory, 8);
  const reader = new WorkerCounters(memory, 8);
  for (const field of Object.keys(NO_COUNTS)) {
    writer.add(field as keyof typeof NO_COUNTS, 5);
  }
  expect(Object.values(reader.read())).toEqual(Object.values(NO_COUNTS).map(() => 5));
  const bytes = new Float64Array(memory);
  expect([bytes.at(0), bytes.at(-1)]).toEqual([0, 0]);
});

test('WorkerCounters start from zero again after a reset', () => {
  const counters = new WorkerCounters();
  counters.add('acceptErrors', 2);
  counters.reset();
  expect(counters.read()).toEqual(NO_COUNTS);
});

test('addCounts adds field by field and changes neither side', () => {
  const left = { ...NO_COUNTS, messages: 1, socketErrors: 2 };
  const right = { ...NO_COUNTS, messages: 10, handlerErrors: 4 };
  expect(addCounts(left, right)).toEqual({
    ...NO_COUNTS,
    messages: 11,
    socketErrors: 2,
    handlerErrors: 4,
  });
  expect([left.messages, right.messages]).toEqual([1, 10]);
});
