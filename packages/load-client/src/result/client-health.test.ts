import { describe, expect, test } from 'vitest';
import { type ClientEvidence, judgeClient } from './client-health.ts';

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
const fast = { count: 10, p50Ms: 1, p99Ms: 2 };
const slow = { count: 10, p50Ms: 34, p99Ms: 100 };
const evidence: ClientEvidence = {
  threads: [calm],
  latency: fast,
  open: null,
  durationMs: 1000,
  clientLimitErrors: 0,
};

describe('the client is the bottleneck', () => {
  test.each<[string, Partial<ClientEvidence>]>([
    ['with a busy event loop', { threads: [calm, { ...calm, utilization: 0.95 }] }],
    ['when its own work makes its event loop late', { threads: [{ ...calm, delayP99Ms: 25 }] }],
    [
      'when it sends late for most of the latency',
      { open: { sendDelay: { p99Ms: 11, meanMs: 3 }, latency: { meanMs: 4 } } },
    ],
    ['when the machine refused sockets', { durationMs: 10, clientLimitErrors: 3 }],
    [
      'when it waits for a processor for most of the latency',
      { threads: [{ ...calm, cpuWaitShare: 0.5, cpuWaitMeanMs: 0.36 }] },
    ],
    // Beside a program that spins on its core, as measured.
    [
      'beside a spinning program, closed',
      {
        threads: [{ ...calm, utilization: 0.12, cpuWaitShare: 0.23, cpuWaitMeanMs: 0.0365 }],
        latency: { count: 14_000, p50Ms: 0.048, p99Ms: 3.4 },
      },
    ],
    [
      'beside a spinning program that gives way at once, closed',
      {
        threads: [{ ...calm, utilization: 0.2, cpuWaitShare: 0.4, cpuWaitMeanMs: 0.028 }],
        latency: { count: 14_240, p50Ms: 0.042, p99Ms: 1.1 },
      },
    ],
    [
      'beside a spinning program, closed with many connections',
      {
        threads: [{ ...calm, utilization: 0.11, cpuWaitShare: 0.32, cpuWaitMeanMs: 1.954 }],
        latency: { count: 8_000, p50Ms: 8.01, p99Ms: 300 },
      },
    ],
    [
      'beside a spinning program, thinking',
      {
        threads: [{ ...calm, utilization: 0.16, cpuWaitShare: 0.6, cpuWaitMeanMs: 2.33 }],
        latency: { count: 1_000, p50Ms: 9.757, p99Ms: 100 },
      },
    ],
    [
      'beside a spinning program, open',
      {
        threads: [{ ...calm, utilization: 0.06, cpuWaitShare: 0.51, cpuWaitMeanMs: 0.64 }],
        latency: { count: 1_000, p50Ms: 0.3, p99Ms: 4.8 },
        open: { sendDelay: { p99Ms: 4.5, meanMs: 0.7 }, latency: { meanMs: 1.3 } },
      },
    ],
  ])('%s', (_name, given) => {
    const health = judgeClient({ ...evidence, ...given });
    expect(health.saturated).toBe(true);
    expect(health.verdict).toMatch(/ % of the time/);
  });
});

describe('the client is not the bottleneck', () => {
  test.each<[string, Partial<ClientEvidence>]>([
    ['when it is calm', { threads: [calm, calm] }],
    [
      'when the run is too short to judge',
      { threads: [{ ...calm, utilization: 1 }], durationMs: 100 },
    ],
    [
      'when it waits for a tenth of the latency',
      { threads: [{ ...calm, cpuWaitShare: 0.5, cpuWaitMeanMs: 0.05 }] },
    ],
    ['on a system without figures', { threads: [{ ...calm, ...unknown }] }],
    // Beside a slow server on a machine whose two cores fifteen programs want, as measured.
    [
      'when it waits often, and briefly beside the latency',
      {
        threads: [{ ...calm, utilization: 0.05, cpuWaitShare: 0.497, cpuWaitMeanMs: 3.96 }],
        latency: { count: 70, p50Ms: 54.9, p99Ms: 100 },
      },
    ],
    [
      'when the machine runs it rarely, beside a server that it runs even less',
      {
        threads: [{ ...calm, utilization: 0.39, cpuWaitShare: 0.93, cpuWaitMeanMs: 37.7 }],
        latency: { count: 20, p50Ms: 208.5, p99Ms: 2000 },
      },
    ],
    [
      'when it paces precisely, so that it waits rarely, if long',
      {
        threads: [{ ...calm, utilization: 0.06, cpuWaitShare: 0.004, cpuWaitMeanMs: 0.038 }],
        latency: { count: 1_000, p50Ms: 0.05, p99Ms: 0.64 },
      },
    ],
    [
      'when its event loop does nothing and was once not run',
      {
        threads: [
          { ...calm, utilization: 0.08, cpuWaitShare: 0.19, cpuWaitMeanMs: 0.6, delayP99Ms: 42 },
        ],
        latency: { count: 180, p50Ms: 21.7, p99Ms: 49.5 },
      },
    ],
    [
      'when it sends late for a small part of the latency',
      {
        latency: slow,
        open: { sendDelay: { p99Ms: 14, meanMs: 2 }, latency: { meanMs: 39 } },
      },
    ],
  ])('%s', (_name, given) => {
    const health = judgeClient({ ...evidence, ...given });
    expect(health.saturated).toBe(false);
    expect(health.verdict).toMatch(/ % of the time/);
  });
});

test('the verdict names the figures of the scheduler, relative to what was measured', () => {
  const waiting = { ...calm, cpuWaitShare: 0.3, cpuWaitMeanMs: 1.5 };
  const threads = [calm, waiting];
  const { verdict } = judgeClient({ ...evidence, threads, latency: { ...fast, p50Ms: 2 } });
  expect(verdict).toContain(
    'it waited for a processor 30.0 % of the time, 1.500 ms each time beside a median latency of ' +
      '2.00 ms (schedstat; on the machine some thread did for 30 % (PSI))',
  );
});
