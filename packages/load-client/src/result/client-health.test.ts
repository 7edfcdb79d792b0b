import { describe, expect, test } from 'vitest';
import { judgeClient } from './client-health.ts';

const calm = {
  utilization: 0.4,
  delayP50Ms: 0,
  delayP99Ms: 2,
  delayMaxMs: 9,
  cpuWaitShare: 0.01,
  cpuWaitMeanMs: 0.004,
  cpuPressure: 0.3,
};
const unknown = { cpuWaitShare: null, cpuWaitMeanMs: null, cpuPressure: null };
const latency = { count: 10, p50Ms: 1, p99Ms: 2 };

describe('judgeClient', () => {
  test.each([
    ['a busy event loop', [calm, { ...calm, utilization: 0.95 }], null, 1000, 0, true],
    ['a late event loop', [{ ...calm, delayP99Ms: 25 }], null, 1000, 0, true],
    ['requests sent late', [calm], { p99Ms: 11 }, 1000, 0, true],
    ['sockets that the machine refused', [calm], null, 10, 3, true],
    ['a run too short to judge', [{ ...calm, utilization: 1 }], null, 100, 0, false],
    ['a calm client', [calm, calm], { p99Ms: 0.1 }, 1000, 0, false],
    ['a client that waited for a processor', [{ ...calm, cpuWaitShare: 0.3 }], null, 1000, 0, true],
    ['waits of a third of the latency', [{ ...calm, cpuWaitMeanMs: 0.2 }], null, 1000, 0, true],
    ['waits of a tenth of the latency', [{ ...calm, cpuWaitMeanMs: 0.05 }], null, 1000, 0, false],
    ['a system without figures', [{ ...calm, ...unknown }], null, 1000, 0, false],
  ])('%s', (_name, threads, sendDelay, durationMs, limits, saturated) => {
    const health = judgeClient(threads, sendDelay, latency, durationMs, limits);
    expect(health.saturated).toBe(saturated);
    expect(health.verdict).toMatch(/ % of the time/);
  });
});

test('the verdict names the figures of the scheduler, relative to what was measured', () => {
  const waiting = { ...calm, cpuWaitShare: 0.3, cpuWaitMeanMs: 1.5 };
  expect(
    judgeClient([calm, waiting], null, { count: 9, p50Ms: 2, p99Ms: 3 }, 1000, 0).verdict,
  ).toContain(
    'it waited for a processor 30.0 % of the time, 1.500 ms each time beside a median latency of ' +
      '2.00 ms (schedstat; on the machine some thread did for 30 % (PSI))',
  );
  // The same wait is small beside a slow server.
  const slow = judgeClient(
    [{ ...waiting, cpuWaitShare: 0.02 }],
    null,
    { count: 9, p50Ms: 500, p99Ms: 600 },
    1000,
    0,
  );
  expect(slow.saturated).toBe(false);
});
