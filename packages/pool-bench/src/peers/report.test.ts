import { describe, expect, test } from 'vitest';
import { drawPicture } from './picture.ts';
import { circumstancesOf, formatMarkdown, formatNumber, formatText, rowsOf } from './report.ts';
import { parseResults, type Results, RESULTS_FORMAT, type WorkloadResult } from './results.ts';

function measured(peer: string, round: number, cpuMicros: number, otherLoad = 0.02) {
  const figures = { cpuMicros, perSecond: 1e6 / cpuMicros };
  return { peer, round, figures, otherLoad, clientLoad: peer === 'c' ? 0.97 : 0.4 };
}

const SHORT: WorkloadResult = {
  name: 'short',
  title: 'Echo, <one> request per connection',
  baseline: 'fork',
  figures: [
    { key: 'cpuMicros', title: 'CPU per request', unit: 'µs', better: 'less' },
    { key: 'perSecond', title: 'requests a second', unit: '', better: 'more' },
  ],
  client: 'load-generator.c',
  measurements: [
    measured('process-pool', 0, 110),
    measured('fork', 0, 100),
    measured('cluster', 0, 200),
    measured('c', 0, 20),
    measured('process-pool', 1, 126),
    measured('fork', 1, 105),
    measured('cluster', 1, 210),
    measured('c', 1, 21),
    // Others had the machine: this round is not kept.
    measured('process-pool', 2, 1_000, 0.9),
    measured('fork', 2, 100, 0.1),
  ],
  disturbedRounds: 1,
  failures: [{ peer: 'go', round: 0, reason: 'a | broken\nreply' }],
};

const RESULTS: Results = {
  format: RESULTS_FORMAT,
  startedAt: '2026-11-27T00:00:00.000Z',
  isQuick: false,
  machine: { cpus: 2, model: 'A processor', system: 'Linux 6', node: '26.10.0' },
  rounds: 2,
  disturbedAbove: 0.1,
  peers: [
    { name: 'fork', note: 'bare forks', version: 'Node 26.10.0' },
    { name: 'go', note: 'threads', version: null },
  ],
  workloads: [SHORT],
};

describe('formatNumber()', () => {
  test.each([
    [0.1234, '0.12'],
    [12.34, '12.3'],
    [123.4, '123'],
    [9.999, '10.0'],
    [999.9, '1,000'],
    [12_345.6, '12,346'],
    [Number.NaN, '-'],
  ])('writes %d as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

test('a table has medians of the calmest rounds, ratios with their spread, and what failed', () => {
  const [head, pool, , cluster, , failed] = rowsOf(SHORT, 2);
  expect(head?.slice(0, 4)).toEqual([
    'server',
    'CPU per request, µs',
    'beside fork',
    'beside cluster',
  ]);
  expect(pool?.slice(0, 4)).toEqual([
    'process-pool',
    '118',
    '1.15 (1.10..1.20)',
    '0.57 (0.55..0.60)',
  ]);
  expect(cluster?.slice(2, 4)).toEqual(['2.00', '1.00']);
  expect(failed?.[0]).toBe('go failed 1 times');
});

test('what else the machine did is said, and where the clients were the limit', () => {
  expect(circumstancesOf(SHORT, 2)).toBe(
    'Clients: load-generator.c, at most 97 % of one CPU, which limited the requests a second of c. ' +
      'Others had 2 % (2 %..2 %) of the machine; 1 disturbed rounds were repeated or, past the limit, kept.',
  );
});

test('the Markdown has as many cells in each row of a table as in its head', () => {
  const text = formatMarkdown(RESULTS);
  const tables = text.split('\n\n').filter((part) => part.startsWith('| '));
  expect(tables).toHaveLength(2);
  for (const table of tables) {
    const widths = table
      .trim()
      .split('\n')
      .map((line) => line.replaceAll('\\|', '').split('|').length);
    expect(new Set(widths).size).toBe(1);
  }
  expect(text).toContain('| go | not here | threads |');
  expect(formatText(RESULTS)).toContain('short: Echo, <one> request per connection');
});

test('the picture is well-formed, for light and dark pages, and within the width of a small phone', () => {
  const picture = drawPicture(RESULTS);
  expect(picture).toContain('&lt;one&gt;');
  expect(picture).toContain('prefers-color-scheme:dark');
  expect(picture).toContain('viewBox="0 0 390 ');
  const opened = picture.match(/<(?!\/)[a-z]+[^>]*[^/]>/g) ?? [];
  expect(opened).toHaveLength((picture.match(/<\/[a-z]+>/g) ?? []).length);
  for (const [, x = '', width = ''] of picture.matchAll(
    /<rect x="([\d.]+)"[^>]*width="([\d.]+)"/g,
  )) {
    expect(Number(x) + Number(width)).toBeLessThanOrEqual(390);
  }
  const sizes = [...picture.matchAll(/font:(\d+)px/g)].map(([, size]) => Number(size));
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12);
});

test('results are read back, and those of another format refused', () => {
  expect(parseResults(JSON.stringify(RESULTS))).toEqual(RESULTS);
  expect(() => parseResults('{"format":"sockpool-peers/0"}')).toThrow(TypeError);
  expect(() => parseResults('null')).toThrow(TypeError);
});
