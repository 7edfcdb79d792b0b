import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

/** Where tests of pools are. */
const FOLDERS = [
  '../../packages/pool-compliance/src/behaviors/',
  '../../packages/process-pool/test/',
  '../../packages/thread-pool/test/',
  '../../packages/connection-guard/test/',
  './',
];

test('Each row of the guide to faults names a test that there is', async () => {
  const files = await Promise.all(
    FOLDERS.map(async (folder) => {
      const url = new URL(folder, import.meta.url);
      const names = (await readdir(url, { recursive: true })).filter((name) =>
        name.endsWith('.ts'),
      );
      return Promise.all(names.map((name) => readFile(new URL(name, url), 'utf8')));
    }),
  );
  const sources = files.flat().join('\n');
  const text = await readFile(new URL('../faults.md', import.meta.url), 'utf8');
  const [guide = ''] = text.split('\n## ');
  const rows = guide
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  expect(rows.length).toBeGreaterThan(10);
  const titles = rows.map((row) => row.split('`').at(-2) ?? '');
  // Behind some is the reason why a kind of pool skips them.
  const isThere = (title: string): boolean =>
    sources.includes(`'${title}'`) || sources.includes(`\`${title}\${`);
  expect(titles.filter((title) => !isThere(title))).toEqual([]);
});
