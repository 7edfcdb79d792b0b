import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  MetricReader,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { mergeFamilies } from '../src/families/merge-families.ts';
import type { MetricFamily } from '../src/families/metric-family.ts';
import { metricsText, PoolMetricProducer } from '../src/index.ts';
import { collectExposed } from '../src/measuring/exposed-metrics.ts';
import { exposeMetrics } from '../src/worker.ts';
import { FakePool, someMeasures, someWorker } from './fixtures/measured-pool.ts';

/** A reader that is read by whoever has it. */
class ManualReader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

async function workerFamilies(use: (provider: MeterProvider) => void): Promise<MetricFamily[]> {
  const reader = new ManualReader();
  const provider = new MeterProvider({ readers: [reader] });
  use(provider);
  const hide = exposeMetrics(reader);
  const families = await collectExposed((error) => {
    throw error;
  });
  hide();
  await provider.shutdown();
  return families;
}

function record(jobs: number): (provider: MeterProvider) => void {
  return (provider) => {
    const meter = provider.getMeter('test');
    meter.createCounter('jobs.done', { unit: '{job}' }).add(jobs, { 'job.queue': 'mail' });
    meter.createUpDownCounter('jobs.open').add(3);
    const duration = meter.createHistogram('job.duration', {
      unit: 's',
      advice: { explicitBucketBoundaries: [0.1, 1] },
    });
    duration.record(0.05);
    duration.record(5);
  };
}

describe('metrics of OpenTelemetry in workers', () => {
  it('are merged under the names that they have in Prometheus', async () => {
    const merged = mergeFamilies([
      await workerFamilies(record(2)),
      await workerFamilies(record(5)),
    ]);
    const text = metricsText(merged);
    expect(text).toContain('# TYPE jobs_done_total counter\njobs_done_total{job_queue="mail"} 7\n');
    expect(text).toContain('# TYPE jobs_open gauge\njobs_open 6\n');
    expect(text).toContain('job_duration_seconds_bucket{le="0.1"} 2\n');
    expect(text).toContain('job_duration_seconds_bucket{le="+Inf"} 4\n');
    expect(text).toContain('job_duration_seconds_sum 10.1\n');
  });
});

describe('PoolMetricProducer', () => {
  it('gives the SDK what the semantic conventions name, and the rest as sockpool.*', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const families = await workerFamilies(record(4));
    const pool = new FakePool([
      someWorker({ measures: someMeasures({ families }) }),
      someWorker({ workerId: 1 }),
    ]);
    const reader = new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: 3_600_000,
      metricProducers: [new PoolMetricProducer(pool)],
    });
    const provider = new MeterProvider({ readers: [reader] });
    await provider.forceFlush();
    const metrics = new Map(
      exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics: found }) => found)
        .map((metric) => [metric.descriptor.name, metric]),
    );
    await provider.shutdown();
    const requests = metrics.get('http.server.request.duration');
    expect(requests?.descriptor.unit).toBe('s');
    expect(requests?.dataPoints.map(({ attributes }) => attributes)).toContainEqual({
      'sockpool.worker.id': 1,
      'http.request.method': 'POST',
      'http.response.status_code': 503,
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
      'error.type': '503',
    });
    expect(requests?.dataPoints[0]?.value).toMatchObject({ count: 4, sum: 12.5 });
    expect(metrics.get('nodejs.eventloop.utilization')?.dataPoints[0]?.value).toBe(0.25);
    expect(metrics.get('nodejs.eventloop.time')).toMatchObject({ isMonotonic: true });
    for (const name of [
      'nodejs.eventloop.delay.p99',
      'v8js.gc.duration',
      'v8js.memory.heap.used',
      'process.cpu.time',
      'process.memory.usage',
    ]) {
      expect([...metrics.keys()]).toContain(name);
    }
    expect(metrics.get('sockpool.connections')?.dataPoints).toMatchObject([
      { attributes: { 'sockpool.worker.id': 0 }, value: 5, startTime: [1_764_000_000, 0] },
      { attributes: { 'sockpool.worker.id': 1 }, value: 5, endTime: [1_764_000_060, 500_000_000] },
    ]);
    expect(metrics.get('sockpool.queue_wait')?.dataPoints[0]?.value).toMatchObject({
      count: 1,
      sum: 0.0005,
    });
    expect(metrics.get('jobs.done')?.dataPoints[0]?.value).toBe(4);
    expect(metrics.get('job.duration')?.dataPoints[0]?.value).toMatchObject({
      buckets: { boundaries: [0.1, 1], counts: [1, 0, 1] },
    });
  });
});
