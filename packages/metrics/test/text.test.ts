import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../src/families/metric-family.ts';
import { answerScrape, metricsText, poolFamilies } from '../src/index.ts';
import { FakePool, someWorker } from './fixtures/measured-pool.ts';
import { PROMTOOL_MISSING, promtool } from './fixtures/promtool.ts';

const checked = PROMTOOL_MISSING === undefined ? '' : ` (skipped: ${PROMTOOL_MISSING})`;

describe('the text of a pool', () => {
  it.skipIf(PROMTOOL_MISSING)(`leaves promtool check metrics without a word${checked}`, () => {
    for (const byWorker of [true, false]) {
      const { body } = answerScrape(new FakePool(), undefined, { byWorker });
      expect(promtool(['check', 'metrics'], body)).toBe('');
    }
  });

  it('has a series for each slot and sums that are those of the pool', () => {
    const pool = new FakePool();
    const of = (byWorker: boolean): number[] =>
      (
        poolFamilies(pool.metrics(), { byWorker }).find(
          ({ name }) => name === 'sockpool_connections_total',
        )?.values ?? []
      ).map(({ value }) => value);
    expect(of(true)).toEqual([5, 5]);
    expect(of(false)).toEqual([10]);
  });

  it('tells requests by method and class of status, whatever their protocol', () => {
    const { body } = answerScrape(new FakePool(), undefined, { byWorker: false });
    const name = 'sockpool_http_request_duration_seconds_count';
    expect(body).toContain(`${name}{method="GET",status="2xx"} 16\n`);
    expect(body).toContain(`${name}{method="POST",status="5xx"} 8\n`);
    expect(body).toContain(`${name}{method="POST",status="aborted"} 8\n`);
  });

  it('tells what is counted anyway of workers that measure nothing', () => {
    const worker = someWorker({ measures: undefined, measuresAgeMs: undefined });
    const { body } = answerScrape(new FakePool([worker]));
    expect(body).toContain('sockpool_connections_total{worker="0"} 5\n');
    expect(body).not.toContain('sockpool_received_bytes_total');
  });

  it('lets no sum fall when a worker is killed, and tells of the report that is lost', () => {
    const pool = new FakePool();
    const counters = (): Map<string, number> =>
      new Map(
        answerScrape(pool)
          .body.split('\n')
          .filter((line) => /_(?:total|count|sum|bucket)\b/.test(line) && !line.startsWith('#'))
          .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
      );
    const before = counters();
    const [killed, ...others] = pool.workers;
    if (killed === undefined) throw new Error('There is no worker');
    pool.ledger.departed(0, killed.counts, killed.measures, false);
    pool.workers = others;
    const between = counters();
    pool.workers = [someWorker(), ...others];
    const after = counters();
    for (const [series, value] of before) {
      expect(between.get(series), series).toBeGreaterThanOrEqual(value);
      expect(after.get(series), series).toBeGreaterThanOrEqual(between.get(series) ?? Infinity);
    }
    expect(after.get('sockpool_connections_total{worker="0"}')).toBe(10);
    expect(after.get('sockpool_lost_reports_total')).toBe(1);
  });
});

describe('metricsText', () => {
  const counter: MetricFamily = {
    name: 'jobs_total',
    help: 'Back\\slash, "quote"\nand line.',
    type: 'counter',
    aggregator: 'sum',
    values: [
      {
        labels: { queue: 'a "b" \\ c\n' },
        value: 3,
        exemplar: { labelSet: { trace_id: 'abc' }, value: 1, timestamp: 12.5 },
      },
    ],
  };

  it('escapes what the format wants escaped, and gives no exemplar to the older format', () => {
    expect(metricsText([counter])).toBe(
      '# HELP jobs_total Back\\\\slash, "quote"\\nand line.\n' +
        '# TYPE jobs_total counter\n' +
        'jobs_total{queue="a \\"b\\" \\\\ c\\n"} 3\n',
    );
  });

  it('writes OpenMetrics with exemplars and an end', () => {
    expect(metricsText([counter], 'openmetrics')).toBe(
      '# HELP jobs Back\\\\slash, \\"quote\\"\\nand line.\n' +
        '# TYPE jobs counter\n' +
        'jobs_total{queue="a \\"b\\" \\\\ c\\n"} 3 # {trace_id="abc"} 1 12.5\n' +
        '# EOF\n',
    );
    expect(metricsText([], 'openmetrics')).toBe('# EOF\n');
  });
});
