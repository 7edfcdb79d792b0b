import { expect, test } from 'vitest';
import { runLoad } from '../run-load.ts';
import { echoUpperCase, startServer } from '../../test/fixtures/echo-server.ts';
import { formatHtmlReport } from './html-report.ts';
import { formatSummary } from './text-summary.ts';

test('a report says what was offered, what came, and what the run is called', async () => {
  await using server = await startServer(echoUpperCase);
  const stages = [
    { durationMs: 200, rate: 0, toRate: 100 },
    { durationMs: 300, rate: 100 },
  ];
  const measured = await runLoad({ port: server.port, connections: 2, stages, label: 'a <b>' });
  expect(measured.timeline.at(-1)).toMatchObject({ connections: 0, opened: 2 });
  const report = formatHtmlReport({ ...measured, statuses: { 200: 40 } });
  expect(report).toContain(
    'Offered: 0/s to 100/s for 0.2 s, then 100/s for 0.3 s (constant arrivals)',
  );
  expect(report).toContain(': a &lt;b&gt;</h1>');
  expect(report).toContain('<h2>Status codes</h2>');
  for (const id of ['latency-histogram', 'connections-over-time', 'rate-over-time']) {
    expect(report).toContain(`id="${id}"`);
  }
  expect(formatSummary(measured)).toMatch(/^a <b>\n/);
});

test('connections are told second by second', async () => {
  await using server = await startServer(echoUpperCase);
  const { timeline } = await runLoad({
    port: server.port,
    connections: 3,
    rate: 50,
    durationMs: 2500,
  });
  expect(timeline.some(({ connections }) => connections === 3)).toBe(true);
  expect(timeline.reduce((sum, { opened }) => sum + opened, 0)).toBe(3);
});
