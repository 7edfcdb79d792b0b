import { describe, expect, it } from 'vitest';
import { lastingFamilies, mergeFamilies } from './merge-families.ts';
import type { MetricFamily, MetricSample } from './metric-family.ts';

function gauge(aggregator: MetricFamily['aggregator'], value: number): MetricFamily {
  return { name: 'g', help: '', type: 'gauge', aggregator, values: [{ labels: {}, value }] };
}

function histogram(buckets: Readonly<Record<string, number>>, sum: number): MetricFamily {
  const values: MetricSample[] = Object.entries(buckets).map(([le, value]) => ({
    metricName: 'h_bucket',
    labels: { route: '/', le },
    value,
  }));
  values.push({ metricName: 'h_sum', labels: { route: '/' }, value: sum });
  return { name: 'h', help: '', type: 'histogram', aggregator: 'sum', values };
}

function valuesOf(family: MetricFamily | undefined): Record<string, number> {
  return Object.fromEntries(
    (family?.values ?? []).map(({ metricName, labels, value }) => [
      labels['le'] === undefined ? (metricName ?? '') : String(labels['le']),
      value,
    ]),
  );
}

function counter(labels: MetricSample['labels'], value: number): MetricFamily {
  return {
    name: 'c_total',
    help: 'h',
    type: 'counter',
    aggregator: 'sum',
    values: [{ labels, value }],
  };
}

function withExemplar(timestamp: number): MetricFamily {
  return {
    name: 'c_total',
    help: '',
    type: 'counter',
    aggregator: 'sum',
    values: [
      {
        labels: {},
        value: 1,
        exemplar: { labelSet: { trace_id: timestamp }, value: 1, timestamp },
      },
    ],
  };
}

function summary(quantile: number, count: number): MetricFamily {
  return {
    name: 's',
    help: '',
    type: 'summary',
    aggregator: 'sum',
    values: [
      { labels: { quantile: 0.5 }, value: quantile },
      { metricName: 's_count', labels: {}, value: count },
    ],
  };
}

describe('mergeFamilies', () => {
  it('adds counters by their labels, in whatever order the labels stand', () => {
    const [merged] = mergeFamilies([
      [counter({ a: 'x', b: 1 }, 2)],
      [counter({ b: '1', a: 'x' }, 3)],
      [counter({ a: 'y', b: 1 }, 5)],
    ]);
    expect(merged?.values).toEqual([
      { labels: { a: 'x', b: 1 }, value: 5 },
      { labels: { a: 'y', b: 1 }, value: 5 },
    ]);
  });

  it.each([
    ['sum', 9],
    ['min', 2],
    ['max', 4],
    ['average', 3],
    ['first', 3],
  ] as const)('follows the aggregator of a gauge: %s', (aggregator, expected) => {
    const [merged] = mergeFamilies([3, 4, 2].map((value) => [gauge(aggregator, value)]));
    expect(merged?.values[0]?.value).toBe(expected);
  });

  it('leaves out what is to be omitted, and a family of another type', () => {
    expect(mergeFamilies([[gauge('omit', 1)]])).toEqual([]);
    const [merged] = mergeFamilies([[gauge('sum', 1)], [{ ...gauge('sum', 7), type: 'counter' }]]);
    expect(merged).toMatchObject({ type: 'gauge', values: [{ value: 1 }] });
  });

  it('gives histograms with other buckets the buckets of both, which never fall', () => {
    const [merged] = mergeFamilies([
      [histogram({ 1: 4, 5: 6, '+Inf': 7 }, 20)],
      [histogram({ 2: 1, 5: 2, 8: 3, '+Inf': 3 }, 15)],
    ]);
    expect(valuesOf(merged)).toEqual({ 1: 4, 2: 5, 5: 8, 8: 9, '+Inf': 10, h_sum: 35 });
    const bounds = merged?.values.map(({ labels }) => labels['le']);
    expect(bounds?.map(String)).toEqual(['1', '2', '5', '8', '+Inf', 'undefined']);
  });

  it('keeps the newest exemplar', () => {
    const [merged] = mergeFamilies([[withExemplar(2)], [withExemplar(3)], [withExemplar(1)]]);
    expect(merged?.values[0]?.exemplar?.labelSet).toEqual({ trace_id: 3 });
  });

  it('takes the largest quantile of summaries and adds their counts', () => {
    const [merged] = mergeFamilies([[summary(0.2, 3)], [summary(0.7, 4)]]);
    expect(merged?.values.map(({ value }) => value)).toEqual([0.7, 7]);
  });
});

describe('lastingFamilies', () => {
  it('keeps what was counted, and not what was', () => {
    const lasting: MetricFamily = { ...gauge('sum', 1), name: 'c_total', type: 'counter' };
    const mixed = summary(1, 2);
    expect(lastingFamilies([lasting, gauge('sum', 1), mixed])).toEqual([
      lasting,
      { ...mixed, values: mixed.values.slice(1) },
    ]);
  });
});
