import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('Heartbeat beats four times a second, tells how busy the event loop was, and stops', () => {
  const beats: number[] = [];
  const heartbeat = new Heartbeat((utilization) => beats.push(utilization));
  expect(heartbeat.eventLoopUtilization).toBe(0);
  heartbeat.start();
  vi.advanceTimersByTime(1_000);
  expect(beats).toHaveLength(4);
  for (const utilization of beats) {
    expect(utilization).toBeGreaterThanOrEqual(0);
    expect(utilization).toBeLessThanOrEqual(1);
  }
  heartbeat.beat();
  expect(heartbeat.eventLoopUtilization).toBe(beats[4]);
  heartbeat.stop();
  vi.advanceTimersByTime(1_000);
  expect(beats).toHaveLength(5);
});
