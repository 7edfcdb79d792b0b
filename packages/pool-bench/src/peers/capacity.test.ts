import { describe, expect, test } from 'vitest';
import { checksOf, coresThatServe, costsOf, type ModeCosts, saturationOf } from './capacity.ts';
import { type Results, RESULTS_FORMAT } from './results.ts';

const SHORT = { requestsPerConnection: 1, bytesPerRequest: 0 };
const KEPT = { requestsPerConnection: Infinity, bytesPerRequest: 0 };
const NOTHING = { connection: 0, request: 0, byte: 0 };

/** 100 µs a connection and 10 µs a request, of which the main thread has 40 µs a connection. */
const HANDING: ModeCosts = {
  peer: 'handing',
  total: { connection: 100, request: 10, byte: 0.001 },
  main: { connection: 40, request: 0, byte: 0 },
};
const ACCEPTING: ModeCosts = { ...HANDING, peer: 'accepting', main: NOTHING };

describe('saturationOf()', () => {
  test('grows with the cores where workers accept', () => {
    expect(saturationOf(ACCEPTING, SHORT, 1)).toEqual({
      requestsPerSecond: 1e6 / 110,
      limit: 'cores',
    });
    expect(saturationOf(ACCEPTING, SHORT, 128).requestsPerSecond).toBeCloseTo(128e6 / 110);
    expect(coresThatServe(ACCEPTING, SHORT)).toBe(Infinity);
  });

  test('ends where the main thread is busy when it accepts', () => {
    expect(coresThatServe(HANDING, SHORT)).toBeCloseTo(2.75);
    expect(saturationOf(HANDING, SHORT, 2).limit).toBe('cores');
    expect(saturationOf(HANDING, SHORT, 4)).toEqual({
      requestsPerSecond: 25_000,
      limit: 'main thread',
    });
    expect(saturationOf(HANDING, SHORT, 128).requestsPerSecond).toBe(25_000);
  });

  test('pays for a connection once, and for each byte', () => {
    const ten = { requestsPerConnection: 10, bytesPerRequest: 1_000 };
    expect(saturationOf(HANDING, ten, 1).requestsPerSecond).toBeCloseTo(1e6 / (10 + 10 + 1));
    // Connections that stay cost the main thread nothing.
    expect(saturationOf(HANDING, KEPT, 128).limit).toBe('cores');
  });
});

function workload(name: string, figures: Readonly<Record<string, number>>, otherLoad = 0) {
  const measurements = [{ peer: 'pool', round: 0, figures, otherLoad, clientLoad: 0.5 }];
  const about = {
    title: name,
    baseline: 'node',
    figures: [],
    client: 'c',
    disturbedRounds: 0,
    failures: [],
  };
  return { name, ...about, measurements };
}

const RESULTS: Results = {
  format: RESULTS_FORMAT,
  startedAt: '2026-11-27T00:00:00.000Z',
  isQuick: false,
  machine: { cpus: 2, model: 'a processor', system: 'Linux', node: '26.10.0' },
  rounds: 1,
  disturbedAbove: 0.1,
  peers: [],
  workloads: [
    workload(
      'short',
      { cpuMicros: 110, mainMicros: 40, clientMicros: 50, perSecond: 12_000 },
      0.04,
    ),
    workload('keep-alive', { cpuMicros: 10, mainMicros: 0.1, clientMicros: 5, perSecond: 130_000 }),
    workload('large', { cpuMicros: 10 + 16.384, mainMicros: 0, clientMicros: 9, perSecond: 1 }),
    workload('short-1cpu', { cpuMicros: 100, mainMicros: 40, clientMicros: 50, perSecond: 9_000 }),
    workload('keep-alive-1cpu', {
      cpuMicros: 9,
      mainMicros: 0,
      clientMicros: 12.5,
      perSecond: 78_000,
    }),
  ],
};

test('costs are derived from what was measured, and never below zero', () => {
  const costs = costsOf(RESULTS, 'pool');
  expect(costs?.total.connection).toBe(100);
  expect(costs?.total.request).toBe(10);
  expect(costs?.total.byte).toBeCloseTo(0.001);
  expect(costs?.main.connection).toBeCloseTo(39.9);
  expect(costs?.main.byte).toBe(0);
  expect(costsOf(RESULTS, 'another')).toBeUndefined();
});

test('the model stands beside what was measured on one core and on all, with the clients and others on them', () => {
  const checks = checksOf(RESULTS, costsOf(RESULTS, 'pool') as ModeCosts);
  const predicted = checks.map((check) => [
    check.workload,
    check.cores,
    Math.round(check.predicted),
  ]);
  expect(predicted).toEqual([
    ['short', 1, Math.round(1e6 / 110)],
    ['short', 2, Math.round((2e6 * 0.96) / 160)],
    // Its clients can't ask more often.
    ['keep-alive', 1, 80_000],
    ['keep-alive', 2, Math.round(2e6 / 15)],
  ]);
  expect(checks.map(({ measured }) => measured)).toEqual([9_000, 12_000, 78_000, 130_000]);
});
