import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SharedWorkerState } from '../../protocol/worker-handle.ts';
import { WorkerLoad } from './worker-load.ts';
import { NO_COUNTS } from '../../protocol/worker-report.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function sharedState(): SharedWorkerState & {
  utilization: number;
  samples: number;
  ageMs: number;
} {
  return {
    utilization: 0,
    samples: 0,
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
    loadSamples() {
      return this.samples;
    },
  };
}

test('WorkerLoad counts what was handed over since the last sample', () => {
  const load = new WorkerLoad(undefined);
  load.handedOver();
  load.handedOver();
  expect([load.utilization, load.handedSinceSample]).toEqual([0, 2]);
  load.sampled(0.25);
  expect([load.utilization, load.handedSinceSample]).toEqual([0.25, 0]);
  load.handedOver();
  expect(load.handedSinceSample).toBe(1);
});

test('WorkerLoad takes a worker whose sample is older than a second for fully busy', () => {
  const load = new WorkerLoad(undefined);
  load.sampled(0.25);
  vi.advanceTimersByTime(1_000);
  expect([load.utilization, load.signOfLifeAgeMs]).toEqual([0.25, 1_000]);
  vi.advanceTimersByTime(1);
  expect(load.utilization).toBe(1);
  load.sampled(0.5);
  expect([load.utilization, load.signOfLifeAgeMs]).toEqual([0.5, 0]);
});

test('WorkerLoad knows nothing of a worker that has not told anything yet', () => {
  const load = new WorkerLoad(undefined);
  vi.advanceTimersByTime(60_000);
  expect([load.utilization, load.signOfLifeAgeMs]).toEqual([0, undefined]);
});

test('WorkerLoad finds new samples in shared memory, and only new ones start the count again', () => {
  const shared = sharedState();
  const load = new WorkerLoad(shared);
  load.handedOver();
  expect([load.utilization, load.handedSinceSample]).toEqual([0, 1]);
  shared.utilization = 0.5;
  shared.samples = 1;
  expect([load.utilization, load.handedSinceSample]).toEqual([0.5, 0]);
  load.handedOver();
  expect([load.utilization, load.handedSinceSample]).toEqual([0.5, 1]);
  shared.ageMs = 1_001;
  expect([load.utilization, load.signOfLifeAgeMs]).toEqual([1, 1_001]);
});
