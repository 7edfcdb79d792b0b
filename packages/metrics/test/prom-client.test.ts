import * as successor from '@prometheus-io/client';
import * as promClient from 'prom-client';
import { describe, expect, it, vi } from 'vitest';
import { mergeFamilies } from '../src/families/merge-families.ts';
import type { MetricFamily } from '../src/families/metric-family.ts';
import { metricsText, registerIn } from '../src/index.ts';
import { collectExposed } from '../src/measuring/exposed-metrics.ts';
import { exposeMetrics } from '../src/worker.ts';
import { FakePool, someMeasures, someWorker } from './fixtures/measured-pool.ts';

async function collected(source: Parameters<typeof exposeMetrics>[0]): Promise<MetricFamily[]> {
  const hide = exposeMetrics(source);
  try {
    return JSON.parse(
      JSON.stringify(
        await collectExposed((error) => {
          throw error;
        }),
      ),
    ) as MetricFamily[];
  } finally {
    hide();
  }
}

async function workerFamilies(
  library: typeof promClient,
  jobs: number,
  trace: string,
): Promise<MetricFamily[]> {
  const registry = new library.Registry();
  registry.setContentType(library.Registry.OPENMETRICS_CONTENT_TYPE as never);
  const counter = new library.Counter({
    name: 'jobs_total',
    help: 'Jobs.',
    labelNames: ['queue'],
    registers: [registry],
  });
  counter.inc({ queue: 'mail' }, jobs);
  const histogram = new library.Histogram({
    name: 'job_seconds',
    help: 'Job durations.',
    labelNames: ['queue'],
    buckets: [0.1, 1],
    enableExemplars: true,
    registers: [registry],
  });
  histogram.observe({
    labels: { queue: 'mail' },
    value: 0.5,
    exemplarLabels: { trace_id: trace },
  } as never);
  return collected(registry);
}

describe.each([
  ['prom-client', promClient],
  ['@prometheus-io/client', successor as unknown as typeof promClient],
])('%s', (_name, library) => {
  it('tells of a pool beside its own metrics', async () => {
    const registry = new library.Registry();
    new library.Counter({ name: 'own_total', help: 'Own.', registers: [registry] }).inc(2);
    const pool = new FakePool();
    const snapshots = vi.spyOn(pool, 'metrics');
    const unregister = registerIn(registry, pool);
    snapshots.mockClear();
    const text = await registry.metrics();
    expect(snapshots.mock.calls).toHaveLength(1);
    expect(text).toContain('own_total 2');
    expect(text).toContain('sockpool_connections_total{worker="1"} 5');
    expect(text).toContain('sockpool_queue_wait_seconds_bucket{le="0.001"} 1');
    expect(text).toContain('# TYPE sockpool_http_request_duration_seconds histogram');
    const [worker] = pool.workers;
    pool.ledger.departed(0, someWorker().counts, worker?.measures, true);
    expect(await registry.metrics()).toContain('sockpool_connections_total{worker="0"} 10');
    unregister();
    expect(await registry.metrics()).not.toContain('sockpool_');
  });

  it('shows what programs of workers expose, from the second scrape after it comes up', async () => {
    const registry = new library.Registry();
    const pool = new FakePool([someWorker()]);
    registerIn(registry, pool);
    const jobs = { name: 'jobs_total', help: 'Jobs.', type: 'counter', aggregator: 'sum' } as const;
    pool.workers = [
      someWorker({
        measures: someMeasures({ families: [{ ...jobs, values: [{ labels: {}, value: 4 }] }] }),
      }),
    ];
    await registry.metrics();
    expect(await registry.metrics()).toContain('jobs_total 4');
  });

  it('is merged over workers with its labels, its buckets and its exemplars', async () => {
    const merged = mergeFamilies([
      await workerFamilies(library, 2, 'one'),
      await workerFamilies(library, 5, 'two'),
    ]);
    const text = metricsText(merged, 'openmetrics');
    expect(text).toContain('jobs_total{queue="mail"} 7\n');
    expect(text).toMatch(
      /job_seconds_bucket\{[^}]*le="1\.0"[^}]*\} 2 # \{trace_id="(?:one|two)"\} 0\.5/,
    );
    expect(text).toContain('job_seconds_count{queue="mail"} 2\n');
  });
});

describe('exposeMetrics', () => {
  it('refuses what is no registry', () => {
    expect(() => exposeMetrics({} as never)).toThrow(
      /^Cannot expose metrics: what was given has neither getMetricsAsJSON\(\) nor collect\(\); give/,
    );
  });

  it('reads the others when one fails, and leaves out what is no metric', async () => {
    const errors: unknown[] = [];
    const hide = [
      exposeMetrics({ getMetricsAsJSON: () => Promise.reject(new Error('gone')) }),
      exposeMetrics({
        getMetricsAsJSON: () =>
          Promise.resolve([
            null,
            { name: 'bad name', values: [] },
            { name: 'ok', type: 'gauge', values: [{ labels: { a: 1 }, value: 1 }, { value: NaN }] },
          ]),
      }),
    ];
    const families = await collectExposed((error) => errors.push(error));
    for (const undo of hide) undo();
    expect(errors.map(String)).toEqual(['Error: gone']);
    expect(families).toMatchObject([{ name: 'ok', values: [{ labels: { a: 1 }, value: 1 }] }]);
    expect(families[0]?.values).toHaveLength(1);
  });
});
