import { HistogramLogReader } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import {
  checkThresholds,
  compareResults,
  doubtsAbout,
  formatCsv,
  formatHdrLog,
  formatTap,
  judgeRun,
  mergeResults,
  parseResults,
  parseThresholds,
  ResultFormatError,
  runLoad,
  type LoadResult,
} from '../src/index.ts';
import { brokenRatios, parseRatioThresholds } from '../src/result/compare-results.ts';
import { countsOf, summarizeLatency } from '../src/measure/latency-summary.ts';
import { LatencyCounts } from '../src/measure/latency-counts.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';

async function measure(requests: number): Promise<LoadResult> {
  await using server = await startServer(echoUpperCase);
  return await runLoad({ port: server.port, connections: 3, requests });
}

describe('results', () => {
  const measured = measure(20);

  test('the result is the same after JSON', async () => {
    const result = await measure(20);
    expect(parseResults(JSON.stringify(result), 'a')).toEqual([result]);
    expect(parseResults(JSON.stringify([result, result]), 'a')).toHaveLength(2);
  });

  test.each([
    'nonsense',
    '{}',
    '[]',
    '{"format":"sockpool-load/1"}',
    '{"format":"sockpool-load/1","latency":{"histogram":""},"timeline":[]}',
  ])('%s is refused as a result', (text) => {
    expect(() => parseResults(text, 'x.json')).toThrow(
      expect.objectContaining({ code: 'ERR_RESULT_FORMAT' }),
    );
  });

  test.each<[place: string, value: unknown, fault: string]>([
    ['requests.sent', -5, 'requests.sent is -5, which cannot be'],
    ['requests.unsent', undefined, 'requests.unsent must be a whole number'],
    ['requests.right', 0.5, 'requests.right must be a whole number'],
    ['requests.sent', 61, 'requests.sent is 61, but right, failed and unanswered make 60'],
    ['errors', undefined, 'errors is missing'],
    ['errors.reset', -1, 'errors.reset is -1, which cannot be'],
    ['latency.maxMs', -3, 'latency.maxMs is -3, which cannot be'],
    ['latency.histogram', 'x', 'latency has no histogram that can be read'],
    ['connectTime.histogram', undefined, 'connectTime.histogram is missing'],
    ['timeline.0.latency.histogram', '', 'timeline.0.latency has no histogram that can be read'],
    ['timeline.0.right', -1, 'timeline.0.right is -1, which cannot be'],
    ['timeline', null, 'timeline is missing'],
  ])('a result whose %s is %s is refused', async (place, value, fault) => {
    const result = structuredClone(await measured) as unknown as Record<string, unknown>;
    const [last = '', ...above] = place.split('.').toReversed();
    const part = above.reduceRight((whole, name) => whole[name] as Record<string, unknown>, result);
    part[last] = value;
    expect(() => parseResults(JSON.stringify(result), 'x.json')).toThrow(
      new ResultFormatError(`Cannot read 'x.json': ${fault}`),
    );
  });

  test('a merge adds every count and every histogram exactly', async () => {
    const [a, b] = [await measure(40), await measure(70)];
    const merged = mergeResults([a, b]);
    expect(merged.requests).toMatchObject({ sent: 330, right: 330 });
    expect(merged.machines).toBe(2);
    const expected = new LatencyCounts();
    expected.add(countsOf(a.latency));
    expected.add(countsOf(b.latency));
    const wanted = expected.snapshot();
    const { indexes, counts, minNs, maxNs } = countsOf(merged.latency);
    expect({ indexes, counts, minNs, maxNs }).toEqual({
      indexes: wanted.indexes,
      counts: wanted.counts,
      minNs: wanted.minNs,
      maxNs: wanted.maxNs,
    });
    const timeline = merged.timeline.reduce((sum, entry) => sum + (entry.latency?.count ?? 0), 0);
    expect(timeline).toBe(330);
  });

  test('the HdrHistogram log is read by the library and holds every reply', async () => {
    const result = await measure(50);
    const reader = new HistogramLogReader(formatHdrLog(result));
    let count = 0;
    for (;;) {
      const histogram = reader.nextIntervalHistogram();
      if (histogram === null || histogram === undefined) break;
      count += histogram.totalCount;
    }
    expect(count).toBe(150);
  });

  test('the CSV has one line for each second', async () => {
    const lines = formatCsv(await measure(10))
      .trimEnd()
      .split('\n');
    expect(lines[0]?.split(',').slice(0, 4)).toEqual(['run', 'second', 'sent', 'right']);
    expect(lines[1]?.split(',').slice(0, 4)).toEqual(['1', '0', '30', '30']);
  });

  test('thresholds are held against the figures of the result', async () => {
    const result = await measure(10);
    const outcomes = checkThresholds(
      parseThresholds(
        'errors=0, p99.9<10s,p50<0.001us,right>=30,throughput>1,reset=0,error-rate<1%',
      ),
      result,
    );
    expect(outcomes.map(({ met }) => met)).toEqual([true, true, false, true, true, true, true]);
  });

  test.each([
    'p99',
    'p99<5',
    'errors<5ms',
    'unsent<1%',
    'error-rate<5',
    'error-rate<=101%',
    'speed>1',
    'p99<<5ms',
    '',
  ])("the threshold '%s' is refused", (text) => {
    expect(() => parseThresholds(text)).toThrow(TypeError);
  });

  test('a run without a right reply is not compared, and no condition on it is met', async () => {
    const result = await measure(5);
    const none = {
      ...result,
      throughput: 0,
      requests: { ...result.requests, right: 0 },
      latency: summarizeLatency(new LatencyCounts().snapshot()),
      conditions: [
        { condition: 'some right replies', actual: 0, met: false, implied: true, detail: null },
      ],
    };
    expect(doubtsAbout([result], [none])).toMatchObject({
      refused: ['1 of 1 runs of the candidate got no right reply'],
      failed: ['1 of 1 runs of the candidate broke a condition'],
    });
    const all = 'p50<9x,p99<9x,max<9x,mean<9x,throughput>=0x,errors<9x';
    const broken = (a: LoadResult, b: LoadResult): string[] =>
      brokenRatios(parseRatioThresholds(all), compareResults([a], [b])).map(({ metric }) => metric);
    expect(broken(result, none)).toEqual(['p50', 'p99', 'max', 'mean']);
    expect(broken(none, result)).toEqual(['p50', 'p99', 'max', 'mean', 'throughput']);
    expect(broken(result, result)).toEqual([]);
  });

  test('a run that was stopped, or whose client was the bottleneck, says so among its conditions', async () => {
    const result = await measure(5);
    const stopped = { ...result, aborted: true };
    expect(judgeRun(stopped, []).filter(({ met }) => !met)).toMatchObject([
      { condition: 'the run lasts to its end', implied: true },
    ]);
    const client = { ...result.client, saturated: true, verdict: 'It was.' };
    const conditions = judgeRun({ ...result, client }, [], { failIfSaturated: true });
    expect(formatTap({ ...result, conditions })).toContain(
      'not ok 1 - the client is not the bottleneck',
    );
    expect(judgeRun({ ...result, client }, []).every(({ met }) => met)).toBe(true);
  });

  test('a comparison gives the ratio of the means and needs repeated runs for a p-value', async () => {
    const result = await measure(5);
    const twice = { ...result, throughput: result.throughput * 2 };
    const [throughput] = compareResults([result], [twice]);
    expect(throughput).toMatchObject({ metric: 'throughput', ratio: 2, pValue: null });
    expect(() => compareResults([result], [{ ...result, model: 'open' }])).toThrow(TypeError);
  });
});
