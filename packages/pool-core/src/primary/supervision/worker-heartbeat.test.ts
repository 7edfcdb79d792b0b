import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SharedWorkerState } from '../../protocol/worker-handle.ts';
import { WorkerHeartbeat } from './worker-heartbeat.ts';
import { NO_COUNTS } from '../../protocol/worker-report.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function sharedState(): SharedWorkerState & {
  utilization: number;
  beats: number;
  ageMs: number;
} {
  return {
    utilization: 0,
    beats: 0,
    ageMs: 0,
    activeConnections: () => 0,
    counts: () => NO_COUNTS,
    unaccepted: () => 0,
    wantCapacity: () => undefined,
    heartbeatAgeMs() {
      return this.ageMs;
    },
    eventLoopUtilization() {
      return this.utilization;
    },
    heartbeats() {
      return this.beats;
    },
  };
}

test('WorkerHeartbeat counts what was handed over since the last beat', () => {
  const heartbeat = new WorkerHeartbeat(undefined);
  heartbeat.handedOver();
  heartbeat.handedOver();
  expect([heartbeat.eventLoopUtilization, heartbeat.handedSince]).toEqual([0, 2]);
  heartbeat.beat(0.25);
  expect([heartbeat.eventLoopUtilization, heartbeat.handedSince]).toEqual([0.25, 0]);
  heartbeat.handedOver();
  expect(heartbeat.handedSince).toBe(1);
});

test('WorkerHeartbeat takes a worker whose last beat is older than a second for fully busy', () => {
  const heartbeat = new WorkerHeartbeat(undefined);
  heartbeat.beat(0.25);
  vi.advanceTimersByTime(1_000);
  expect([heartbeat.eventLoopUtilization, heartbeat.ageMs]).toEqual([0.25, 1_000]);
  vi.advanceTimersByTime(1);
  expect(heartbeat.eventLoopUtilization).toBe(1);
  heartbeat.beat(0.5);
  expect([heartbeat.eventLoopUtilization, heartbeat.ageMs]).toEqual([0.5, 0]);
});

test('WorkerHeartbeat counts the time from the spawn while there has been no beat', () => {
  const heartbeat = new WorkerHeartbeat(undefined);
  vi.advanceTimersByTime(60_000);
  expect([heartbeat.eventLoopUtilization, heartbeat.ageMs]).toEqual([0, 60_000]);
});

test('WorkerHeartbeat finds new beats in shared memory, and only new ones start the count again', () => {
  const shared = sharedState();
  const heartbeat = new WorkerHeartbeat(shared);
  heartbeat.handedOver();
  expect([heartbeat.eventLoopUtilization, heartbeat.handedSince]).toEqual([0, 1]);
  shared.utilization = 0.5;
  shared.beats = 1;
  expect([heartbeat.eventLoopUtilization, heartbeat.handedSince]).toEqual([0.5, 0]);
  heartbeat.handedOver();
  expect([heartbeat.eventLoopUtilization, heartbeat.handedSince]).toEqual([0.5, 1]);
  shared.ageMs = 1_001;
  expect([heartbeat.eventLoopUtilization, heartbeat.ageMs]).toEqual([1, 1_001]);
});
