import { describe, expect, test } from 'vitest';
import { judgeClient } from './client-health.ts';

const calm = { utilization: 0.4, delayP50Ms: 0, delayP99Ms: 2, delayMaxMs: 9 };

describe('judgeClient', () => {
  test.each([
    ['a busy event loop', [calm, { ...calm, utilization: 0.95 }], null, 1000, 0, true],
    ['a late event loop', [{ ...calm, delayP99Ms: 25 }], null, 1000, 0, true],
    ['requests sent late', [calm], { p99Ms: 11 }, 1000, 0, true],
    ['sockets that the machine refused', [calm], null, 10, 3, true],
    ['a run too short to judge', [{ ...calm, utilization: 1 }], null, 100, 0, false],
    ['a calm client', [calm, calm], { p99Ms: 0.1 }, 1000, 0, false],
  ])('%s', (_name, threads, sendDelay, durationMs, limits, saturated) => {
    const health = judgeClient(threads, sendDelay, durationMs, limits);
    expect(health.saturated).toBe(saturated);
    expect(health.verdict).toMatch(/ % of the time/);
  });
});
