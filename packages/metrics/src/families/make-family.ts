import { type HistogramCounts, observations } from './duration-histogram.ts';
import { histogramSamples } from './histogram-samples.ts';
import type { MetricFamily, MetricSample, MetricType } from './metric-family.ts';

/** What tells the series of a metric apart. */
export type Labels = Readonly<Record<string, string | number>>;

/**
 * Makes a histogram.
 *
 * @param name its name
 * @param help what it means
 * @param boundaries the upper boundaries of its buckets
 * @param figures what was counted, each with its labels
 */
export function histogram(
  name: string,
  help: string,
  boundaries: readonly number[],
  figures: readonly (readonly [Labels, HistogramCounts])[],
): MetricFamily {
  const values = figures.flatMap(([labels, { counts, sum }]) =>
    histogramSamples(name, labels, {
      boundaries,
      counts,
      sum,
      count: observations({ counts, sum }),
    }),
  );
  return family(name, help, 'histogram', values);
}

/**
 * Makes a counter.
 *
 * @param name its name
 * @param help what it means
 * @param values its series
 */
export function counter(name: string, help: string, values: readonly MetricSample[]): MetricFamily {
  return family(name, help, 'counter', values);
}

/**
 * Makes a gauge.
 *
 * @param name its name
 * @param help what it means
 * @param values its series
 */
export function gauge(name: string, help: string, values: readonly MetricSample[]): MetricFamily {
  return family(name, help, 'gauge', values);
}

function family(
  name: string,
  help: string,
  type: MetricType,
  values: readonly MetricSample[],
): MetricFamily {
  return { name, help, type, aggregator: 'sum', values };
}
