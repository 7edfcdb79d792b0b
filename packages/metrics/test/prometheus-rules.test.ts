import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { poolFamilies } from '../src/index.ts';
import { FakePool } from './fixtures/measured-pool.ts';
import { PROMTOOL_MISSING, promtool, promtoolReadsQueries } from './fixtures/promtool.ts';

const ALERTS = fileURLToPath(new URL('../prometheus/alerts.yml', import.meta.url));
const ALERTS_TEST = fileURLToPath(new URL('./fixtures/alerts-test.yml', import.meta.url));
const DASHBOARD = new URL('../grafana/sockpool.json', import.meta.url);
const skipped = PROMTOOL_MISSING === undefined ? '' : ` (skipped: ${PROMTOOL_MISSING})`;

/** The series that a pool with everything on has. */
const FAMILIES = poolFamilies(new FakePool().metrics());
const SERIES: ReadonlySet<string> = new Set([
  ...FAMILIES.map(({ name }) => name),
  ...FAMILIES.flatMap(({ values }) => values.flatMap(({ metricName }) => metricName ?? [])),
]);

function seriesIn(text: string): readonly string[] {
  return [...new Set(text.match(/sockpool_\w+/g))];
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string }[];
}

describe('the alert rules', () => {
  it.skipIf(PROMTOOL_MISSING)(`pass promtool, and fire when they should${skipped}`, () => {
    expect(promtool(['check', 'rules', ALERTS])).toMatch(/SUCCESS: \d+ rules found/);
    expect(promtool(['test', 'rules', ALERTS_TEST])).toContain('SUCCESS');
  });

  it('name only series that a pool has', async () => {
    const used = seriesIn(await readFile(ALERTS, 'utf8'));
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((name) => !SERIES.has(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('names only series that a pool has', async () => {
    const text = await readFile(DASHBOARD, 'utf8');
    expect(seriesIn(text).filter((name) => !SERIES.has(name))).toEqual([]);
  });

  it('has panels with queries that do not lie on each other', async () => {
    const { panels } = JSON.parse(await readFile(DASHBOARD, 'utf8')) as {
      panels: readonly Panel[];
    };
    const cells = new Map<string, string>();
    for (const { title, type, gridPos, targets } of panels) {
      if (type !== 'row') expect(targets?.length, title).toBeGreaterThan(0);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(cells.get(`${x},${y}`), title).toBeUndefined();
          cells.set(`${x},${y}`, title);
        }
      }
    }
  });

  it.skipIf(PROMTOOL_MISSING)(`has queries that Prometheus can read${skipped}`, async () => {
    const { panels } = JSON.parse(await readFile(DASHBOARD, 'utf8')) as {
      panels: readonly Panel[];
    };
    const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    await promtoolReadsQueries(queries.map((query) => query.replaceAll(/\$__\w+/g, '5m')));
  });
});
