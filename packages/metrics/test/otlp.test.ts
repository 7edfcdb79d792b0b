import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { expect, it, onTestFinished } from 'vitest';
import { PoolMetricProducer } from '../src/index.ts';
import { FakePool, someMeasures, someWorker } from './fixtures/measured-pool.ts';
import { CUMULATIVE, decodeRequest, encodeResponse, type OtlpMetric } from './fixtures/otlp.ts';

/** Exports the metrics of a pool once to a receiver of OTLP over HTTP. */
async function received(pool: FakePool): Promise<OtlpMetric[]> {
  const server = http.createServer((message, response) => {
    void buffer(message).then((body) => {
      response.setHeader('Content-Type', 'application/x-protobuf');
      response.end(encodeResponse());
      server.emit('received', message, body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const arrived = once(server, 'received');
  const provider = new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({
          url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`,
        }),
        exportIntervalMillis: 3_600_000,
        metricProducers: [new PoolMetricProducer(pool)],
      }),
    ],
  });
  await provider.forceFlush();
  const [{ url, headers }, body] = (await arrived) as [http.IncomingMessage, Buffer];
  await provider.shutdown();
  expect([url, headers['content-type']]).toEqual(['/v1/metrics', 'application/x-protobuf']);
  return decodeRequest(body);
}

it('A receiver of OTLP decodes every metric of a pool by the official definitions', async () => {
  const pool = new FakePool([someWorker(), someWorker({ workerId: 1 })]);
  const metrics = await received(pool);
  const named = new Map(metrics.map((metric) => [metric.name, metric]));
  const requests = named.get('http.server.request.duration');
  expect(requests?.unit).toBe('s');
  expect(requests?.temporality).toBe(CUMULATIVE);
  const [first] = requests?.points ?? [];
  expect(first).toEqual({
    attributes: {
      'sockpool.worker.id': 0,
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
    },
    startSeconds: 1_764_000_000,
    endSeconds: 1_764_000_060.5,
    count: 4,
    sum: 12.5,
    bounds: [
      // Ours, for small replies.
      0.0001, 0.00025, 0.0005, 0.001, 0.0025,
      // Those that OpenTelemetry advises.
      0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ],
    counts: [0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  });
  expect(named.get('sockpool.connections')).toMatchObject({
    kind: 'sum',
    monotonic: true,
    temporality: CUMULATIVE,
    points: [{ value: 5 }, { value: 5 }],
  });
  expect(named.get('v8js.memory.heap.used')).toMatchObject({ kind: 'sum', monotonic: false });
  expect(named.get('nodejs.eventloop.utilization')).toMatchObject({
    kind: 'gauge',
    points: [{ value: 0.25 }, { value: 0.25 }],
  });
});

it('What it gets is whole: buckets fit their bounds, and no series comes twice', async () => {
  const metrics = await received(new FakePool([someWorker({ measures: someMeasures() })]));
  expect(metrics.length).toBeGreaterThan(40);
  for (const { name, kind, points } of metrics) {
    expect([name, points.length > 0]).toEqual([name, true]);
    const series = points.map(({ attributes }) => JSON.stringify(attributes));
    expect([name, new Set(series).size]).toEqual([name, series.length]);
    if (kind !== 'histogram') continue;
    for (const { bounds = [], counts = [], count } of points) {
      expect([name, counts.length]).toEqual([name, bounds.length + 1]);
      expect([name, counts.reduce((sum, each) => sum + each, 0)]).toEqual([name, count]);
    }
  }
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
});

it('Names are those of the semantic conventions, or of sockpool', async () => {
  const known = new Set<unknown>(
    Object.entries(conventions)
      .filter(([constant]) => constant.startsWith('METRIC_'))
      .map(([, name]) => name),
  );
  const metrics = await received(new FakePool());
  const names = metrics.map(({ name }) => name);
  const others = names.filter((name) => !name.startsWith('sockpool.'));
  expect(others.length).toBeGreaterThan(15);
  expect(others.filter((name) => !known.has(name))).toEqual([]);
  // The conventions have these still, as deprecated.
  for (const deprecated of [
    conventions.METRIC_V8JS_MEMORY_HEAP_LIMIT,
    conventions.METRIC_V8JS_HEAP_SPACE_AVAILABLE_SIZE,
    conventions.METRIC_V8JS_HEAP_SPACE_PHYSICAL_SIZE,
  ]) {
    expect(names).not.toContain(deprecated);
  }
});
