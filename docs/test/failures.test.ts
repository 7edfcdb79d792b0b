import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { FAILURES, KINDS } from './failures/failure.ts';
import { runFailing } from './failures/failing-program.ts';

/** The rows of the guide's table, by what goes wrong. */
async function rows(): Promise<Map<string, { readonly entry: string; readonly place: string }>> {
  const guide = await readFile(new URL('../failures.md', import.meta.url), 'utf8');
  const table = guide.split('\n').filter((line) => line.startsWith('| '));
  return new Map(
    table.slice(2).map((line) => {
      const [what = '', entry = '', place = ''] = line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) =>
          cell
            .trim()
            .replace(/^`([^`]*)`$/, '$1')
            .replaceAll('\\|', '|'),
        );
      return [what, { entry, place }];
    }),
  );
}

test('The guide has a row for each failure, and no other', async () => {
  expect([...(await rows()).keys()]).toEqual(FAILURES.map(({ what }) => what));
});

describe.each(KINDS)('On a $name', (kind) => {
  const possible = FAILURES.filter(
    ({ only = {} }) =>
      (only.Pool ?? kind.Pool) === kind.Pool && (only.accept ?? kind.accept) === kind.accept,
  );

  test.each(possible)('stderr says as the guide does: $what', async (failure) => {
    const { entry, place, lines } = await runFailing(failure, kind);
    expect({ entry, place }, lines.join('\n')).toEqual((await rows()).get(failure.what));
  });
});
