import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PendingHandoffs } from './pending-handoffs.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function handingOver(): {
  handoffs: PendingHandoffs;
  probes: number[];
  missing: number[];
  warnings: string[];
} {
  const probes: number[] = [];
  const missing: number[] = [];
  const warnings: string[] = [];
  const handoffs = new PendingHandoffs({
    probe: (requestId) => void probes.push(requestId),
    missing: (connectionIds) => void missing.push(...connectionIds),
    warn: (message) => void warnings.push(message),
  });
  return { handoffs, probes, missing, warnings };
}

test('A connection that is answered in time costs no probe', () => {
  const { handoffs, probes, missing } = handingOver();
  handoffs.add(1);
  handoffs.hear({ type: 'accepted', connectionId: 1 });
  vi.advanceTimersByTime(5_000);
  expect([probes, missing]).toEqual([[], []]);
});

test('A connection that is not answered before a later message is missing, those sent after it are not', () => {
  const { handoffs, probes, missing, warnings } = handingOver();
  handoffs.add(1);
  handoffs.add(2);
  vi.advanceTimersByTime(600);
  expect(probes).toHaveLength(1);
  handoffs.add(3);
  handoffs.hear({ type: 'accepted', connectionId: 2 });
  // Reports that somebody else has asked for say nothing.
  expect(handoffs.hear({ type: 'report', requestId: 0 })).toBe(false);
  expect(missing).toEqual([]);
  // The answer to a probe is for nobody else, whom it would puzzle.
  expect(handoffs.hear({ type: 'report', requestId: probes[0] })).toBe(true);
  expect(missing).toEqual([1]);
  expect(warnings).toHaveLength(1);
});

test('A worker that does not answer at all is not concluded from, however late it is', () => {
  const { handoffs, probes, missing } = handingOver();
  handoffs.add(1);
  vi.advanceTimersByTime(60_000);
  expect(probes).toHaveLength(1);
  expect(missing).toEqual([]);
  handoffs.stop();
  expect(vi.getTimerCount()).toBe(0);
});
