import { channel } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { WorkerMetering } from './worker-metering.ts';

/** Whether Node has anybody to tell of a request. */
function listened(): boolean[] {
  return [
    'http.server.request.start',
    'http.server.response.finish',
    'http2.server.stream.start',
    'http2.server.stream.close',
  ].map((name) => channel(name).hasSubscribers);
}

const settings = { connections: () => [], onError: () => undefined };

test.each([
  ['without the option metrics', undefined],
  ['with metrics that leave out HTTP', { http: false }],
])('Nothing of ours runs for a request %s', async (_, options) => {
  const metering = new WorkerMetering(options, settings);
  await metering.start();
  expect(listened()).toEqual([false, false, false, false]);
  metering.stop();
});

test('Requests are listened to from start() to stop()', async () => {
  const metering = new WorkerMetering({ http: true }, settings);
  await metering.start();
  expect(listened()).toEqual([true, true, true, true]);
  metering.stop();
  expect(listened()).toEqual([false, false, false, false]);
});
