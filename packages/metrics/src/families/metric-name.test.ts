import { expect, it } from 'vitest';
import { prometheusName } from './metric-name.ts';

it.each([
  ['http.server.request.duration', 's', 'histogram', 'http_server_request_duration_seconds'],
  ['jobs', '{job}', 'counter', 'jobs_total'],
  ['jobs.total', '1', 'counter', 'jobs_total'],
  ['queue.fill', '1', 'gauge', 'queue_fill_ratio'],
  ['sent.bytes', 'By', 'counter', 'sent_bytes_total'],
  ['speed', 'm/s', 'gauge', 'speed_m_per_seconds'],
  ['2nd', '', 'gauge', '_2nd'],
] as const)('names %s in %s as a %s', (name, unit, kind, expected) => {
  expect(prometheusName(name, unit, kind)).toBe(expected);
});
