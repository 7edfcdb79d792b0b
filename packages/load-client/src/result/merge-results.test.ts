import { array, assert, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createErrorCounts } from '../measure/error-class.ts';
import { LatencyCounts } from '../measure/latency-counts.ts';
import { countsOf, summarizeLatency } from '../measure/latency-summary.ts';
import { RESULT_FORMAT, type LoadResult } from './load-result.ts';
import { mergeResults, mergeRuns } from './merge-results.ts';

const counted = (timesNs: readonly number[]): LatencyCounts => {
  const counts = new LatencyCounts();
  for (const timeNs of timesNs) counts.recordMs(timeNs / 1e6);
  return counts;
};

/** The result of a machine that measured these latencies, from a time on, for two seconds. */
function machine(timesNs: readonly number[], startedAtMs = 1000, seed = 1): LoadResult {
  const latency = summarizeLatency(counted(timesNs).snapshot());
  const none = summarizeLatency(new LatencyCounts().snapshot());
  const right = timesNs.length;
  const errors = createErrorCounts();
  return {
    format: RESULT_FORMAT,
    model: 'closed',
    modelNote: '',
    target: 'a:1',
    settings: {
      label: null,
      connections: 2,
      threads: 1,
      pipeline: 1,
      requests: null,
      sessions: null,
      session: null,
      totalRequests: null,
      durationMs: 2000,
      warmupMs: 0,
      thinkMs: null,
      schedule: null,
      arrivals: null,
      requestsPerConnection: null,
      framing: 'raw',
      http: null,
      websocket: null,
      expectedReply: 'upper',
      tls: false,
      seed,
    },
    machines: 1,
    startedAtMs,
    durationMs: 2000,
    aborted: false,
    requests: { sent: right, right, failed: 0, unanswered: 0, unsent: 0, retried: 0 },
    warmup: { requests: 0, errors: 0 },
    errors,
    errorReasons: {},
    statuses: {},
    connections: { asked: 1, worked: 1, gaveUp: 0, unopened: 0, reasons: {} },
    differences: [],
    opened: 2,
    closedWhileIdle: 0,
    closedAsAnnounced: 0,
    tlsHandshakes: null,
    throughput: right / 2,
    sentBytes: 0,
    receivedBytes: 0,
    latency,
    firstByte: latency,
    serviceTime: null,
    sendDelay: null,
    connectTime: none,
    sessions: null,
    timeline: [
      {
        second: 0,
        sent: right,
        right,
        errors,
        sentBytes: 0,
        receivedBytes: 0,
        opened: 0,
        connections: 0,
        latency,
      },
      {
        second: 1,
        sent: 0,
        right: 0,
        errors,
        sentBytes: 0,
        receivedBytes: 0,
        opened: 0,
        connections: 0,
        latency: null,
      },
    ],
    client: { saturated: false, verdict: '', threads: [] },
  };
}

const times = array(integer({ min: 0, max: 3_000_000_000 }), { maxLength: 60 });

describe('mergeResults', () => {
  test('the merged histogram is that of all times recorded by one machine, count by count', () => {
    assert(
      property(array(times, { minLength: 1, maxLength: 5 }), (machines) => {
        const results = machines.map((timesNs, index) => machine(timesNs, 1000, index));
        // What is merged has been through the result's text form.
        const read = JSON.parse(JSON.stringify(results)) as LoadResult[];
        const { latency, throughput, requests, timeline } = mergeResults(read);
        const whole = counted(machines.flat()).snapshot();
        const merged = countsOf(latency);
        expect(merged.indexes).toEqual(whole.indexes);
        expect(merged.counts).toEqual(whole.counts);
        expect([merged.count, merged.minNs, merged.maxNs]).toEqual([
          whole.count,
          whole.minNs,
          whole.maxNs,
        ]);
        expect(merged.sumNs).toBeCloseTo(whole.sumNs, -1);
        expect(requests.right).toBe(whole.count);
        expect(throughput).toBeCloseTo(whole.count / 2);
        expect(timeline[0]?.right).toBe(whole.count);
      }),
      { numRuns: 30 },
    );
  });

  test('rates of machines that ran at the same time add, although one began half a second later', () => {
    const merged = mergeResults([machine([1e6, 2e6], 1000), machine([3e6, 4e6], 1500)]);
    expect(merged.throughput).toBe(2);
    expect(merged).toMatchObject({ startedAtMs: 1000, durationMs: 2500, machines: 2 });
  });

  test('runs that followed one another are refused, since their rates do not add', () => {
    const [first, second] = [machine([1e6], 1000), machine([1e6], 6000)];
    expect(() => mergeResults([first, second])).toThrow('not under way at the same time');
    expect(mergeResults([first, second], { clockSkewMs: 5000 }).machines).toBe(2);
  });

  test('a result given twice, or of the other model, is refused', () => {
    const result = machine([1e6]);
    expect(() => mergeResults([result, result])).toThrow('given twice');
    const open: LoadResult = { ...machine([2e6]), model: 'open' };
    expect(() => mergeResults([result, open])).toThrow(TypeError);
    expect(() => mergeResults([])).toThrow(TypeError);
  });

  test('repeated runs are merged run by run', () => {
    const a = [machine([1e6], 1000), machine([2e6, 2e6], 9000)];
    const b = [machine([3e6], 1100), machine([4e6], 9100)];
    const merged = mergeRuns([a, b]);
    expect(merged.map(({ requests }) => requests.right)).toEqual([2, 3]);
    expect(() => mergeRuns([a, b.slice(1)])).toThrow('2, 1 runs');
  });
});
