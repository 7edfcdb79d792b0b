import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
// @boundaries-ignore: the package comes packed, into a project of its own
import { CONTENT_TYPES, metricsText, negotiateFormat } from '@sockpool/metrics';
// @boundaries-ignore: the package comes packed, into a project of its own
import { exposeMetrics } from '@sockpool/metrics/worker';

const jobs = {
  name: 'jobs_total',
  help: 'Jobs done.',
  type: 'counter',
  aggregator: 'sum',
  values: [{ labels: { queue: 'mail' }, value: 3 }],
} as const;
const format = negotiateFormat('application/openmetrics-text');
assert.match(metricsText([jobs], format), /^jobs_total\{queue="mail"\} 3$/m);
assert.match(CONTENT_TYPES[format], /openmetrics/);
exposeMetrics({ getMetricsAsJSON: () => Promise.resolve([jobs]) })();
assert.throws(() => exposeMetrics({} as never), TypeError);

const dashboard = fileURLToPath(import.meta.resolve('@sockpool/metrics/grafana/sockpool.json'));
assert.equal(
  (JSON.parse(await readFile(dashboard, 'utf8')) as { title: string }).title,
  'sockpool',
);
