import { expect, test } from 'vitest';
import { table } from './print.ts';

test('Numbers stand to the right, also beside one that is not known', () => {
  const rows = [
    [1, 23, 'ready'],
    [12, '-', 'starting'],
  ];
  expect(table(['ID', 'OPEN', 'STATE'], rows)).toBe(
    ['ID  OPEN  STATE', ' 1    23  ready', '12     -  starting'].join('\n'),
  );
});
