import { expect, test } from 'vitest';
import { PoolMetricProducer } from '../bridges/pool-metric-producer.ts';
import { registerIn } from '../bridges/register-in.ts';
import { answerScrape } from '../text/answer-scrape.ts';
import { metricsText } from '../text/prometheus-text.ts';
import { poolFamilies } from './pool-families.ts';
import type { MeasuredPool } from './pool-metrics.ts';

const pool: MeasuredPool = {
  metrics: () => {
    throw new Error('asked before its options were checked');
  },
};
const registry = {
  registerMetric: () => undefined,
  getSingleMetric: () => undefined,
  removeSingleMetric: () => undefined,
};

test.each([
  ['answerScrape()', (options) => answerScrape(pool, undefined, options)],
  ['registerIn()', (options) => registerIn(registry, pool, options)],
  ['PoolMetricProducer', (options) => new PoolMetricProducer(pool, options)],
  ['poolFamilies()', (options) => poolFamilies(undefined as never, options)],
] satisfies [string, (options: never) => unknown][])(
  '%s refuses options that there are not, by what was meant',
  (of, call) => {
    expect(() => call({ byworker: false } as never)).toThrow(
      new TypeError(
        `Unknown option byworker of ${of}: did you mean byWorker? Allowed are byWorker`,
      ),
    );
    expect(() => call({ byWorker: 'no' } as never)).toThrow(
      new TypeError("Option byWorker must be true or false, got 'no'"),
    );
    expect(() => call(true as never)).toThrow(
      new TypeError(`The options of ${of} must be an object, got true`),
    );
  },
);

test('what is no pool, no registry and no format is named', () => {
  for (const [of, call] of [
    ['answerScrape()', () => answerScrape({} as never)],
    ['registerIn()', () => registerIn(registry, {} as never)],
    ['PoolMetricProducer', () => new PoolMetricProducer({} as never)],
  ] as const) {
    expect(call).toThrow(
      new TypeError(
        `The pool of ${of} must be a ProcessPool or a ThreadPool, got an object of class Object, which has no metrics()`,
      ),
    );
  }
  expect(() => registerIn({} as never, pool)).toThrow(
    new TypeError(
      'The registry of registerIn() must be a Registry of prom-client, got an object of class Object, which has no registerMetric()',
    ),
  );
  expect(() => metricsText([], 'open' as never)).toThrow(
    new TypeError("Option format must be one of 'prometheus', 'openmetrics', got 'open'"),
  );
});
