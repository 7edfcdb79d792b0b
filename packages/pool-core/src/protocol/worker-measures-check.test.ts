import { WorkerMeter } from '@sockpool/metrics/measuring';
import { expect, test } from 'vitest';
import { isWorkerMeasures } from './worker-measures-check.ts';

const meter = new WorkerMeter({ http: true, connections: () => [], onError: () => undefined });
meter.closed({ bytesRead: 1, bytesWritten: 2 }, 30);
const measures = JSON.parse(JSON.stringify(meter.read())) as Record<string, unknown>;

test('What a meter has measured passes, also after JSON', () => {
  expect(isWorkerMeasures(measures)).toBe(true);
  expect(isWorkerMeasures(meter.read())).toBe(true);
});

test('Nothing else does: a field that is missing or of another kind', () => {
  expect(isWorkerMeasures(undefined)).toBe(false);
  expect(isWorkerMeasures([])).toBe(false);
  for (const field of Object.keys(measures)) {
    for (const wrong of [undefined, null, 'text', -1, [3], { counts: 1 }]) {
      if (field === 'activeRequests' && wrong === -1) continue;
      expect(isWorkerMeasures({ ...measures, [field]: wrong }), `${field} ${wrong}`).toBe(false);
    }
  }
  const odd = { name: 'x', help: '', type: 'counter', aggregator: 'sum' };
  for (const values of [[{ labels: {}, value: 'x' }], [{ value: 1 }], 5]) {
    expect(isWorkerMeasures({ ...measures, families: [{ ...odd, values }] })).toBe(false);
  }
});
