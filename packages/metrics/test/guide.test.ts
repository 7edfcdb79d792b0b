import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { poolFamilies } from '../src/index.ts';
import { FakePool } from './fixtures/measured-pool.ts';
import { PROMTOOL_MISSING, promtoolReadsQueries } from './fixtures/promtool.ts';

const GUIDE = new URL('../../../docs/metrics.md', import.meta.url);

it('the guide has every series of a pool with its labels, and no other', async () => {
  const text = await readFile(GUIDE, 'utf8');
  const rows = text.matchAll(/^\| `(sockpool_\w+)` +\| ([^|]*) \|/gm);
  const documented = Array.from(rows, ([, name = '', labels = '']): [string, string[]] => [
    name,
    (labels.match(/\w+/g) ?? []).toSorted(),
  ]);
  const actual = poolFamilies(new FakePool().metrics()).map(
    ({ name, values }): [string, string[]] => [
      name,
      [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))]
        .filter((label) => label !== 'le')
        .toSorted(),
    ],
  );
  expect(documented.toSorted()).toEqual(actual.toSorted());
});

const skipped = PROMTOOL_MISSING === undefined ? '' : ` (skipped: ${PROMTOOL_MISSING})`;

it.skipIf(PROMTOOL_MISSING)(`Prometheus can read the guide's queries${skipped}`, async () => {
  const text = await readFile(GUIDE, 'utf8');
  const queries = Array.from(text.matchAll(/^\| [^|]+\? +\| `(.+)` +\|$/gm), ([, query]) => query);
  expect(queries.length).toBeGreaterThan(4);
  const families = poolFamilies(new FakePool().metrics());
  const parts = families.flatMap(({ values }) => values.map(({ metricName }) => metricName));
  const series = new Set([...families.map(({ name }) => name), ...parts]);
  const used = queries.flatMap((query) => query?.match(/sockpool_\w+/g) ?? []);
  expect(used.filter((name) => !series.has(name))).toEqual([]);
  await promtoolReadsQueries(queries.map((query) => query ?? ''));
});
