import { expect, test } from 'vitest';

import {
  add,
  mult,
  sin,
  sinWithWrongResult,
  sum,
  swap,
  titlecase,
  tokenize,
  visitTokens,
} from '../src/index.ts';

/** Prints a double as Python does: 5.0, not 5. */
const double = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : `${value}`);

test("the notebook's native part prints what it printed there", () => {
  const lines: string[] = [];
  const print = (...values: unknown[]): void => {
    lines.push(values.map(String).join(' '));
  };

  // The result type is wrong: an integer, and garbage. Then it is right.
  // oxlint-disable-next-line oxc/approx-constant -- the notebook's value
  const almostPi = 3.1415926536;
  const garbage = sinWithWrongResult(almostPi);
  print(sin(almostPi));

  const r = add({ x: 3.1, y: 4.2 }, { x: 1.9, y: 2.8 });
  print('1-add\n', double(r.x), double(r.y));

  const a = { x: 3, y: 4 };
  const b = { x: 2, y: 7 };
  swap(a, b);
  print('2-swap\n', double(a.x), double(a.y), double(b.x), double(b.y));

  print('3-sum\n', double(sum([1, 2, 1, 6, 4, 2, 7, 3, 1, 5])));

  const sentence = 'the advantages of script languages over OTHER languages';
  print('4-titlecase\n', titlecase(sentence));

  const tokens = tokenize(sentence, ' ');
  print('5-tokenize\n', tokens.length, `[${tokens.map((token) => `'${token}'`).join(', ')}]`);

  const c = mult(
    [
      [1, 2, 3, 4, 5],
      [11, 12, 13, 14, 15],
    ],
    [
      [1, 2],
      [2, 3],
      [4, 5],
      [6, 7],
      [8, 9],
    ],
  );
  // The notebook prints the columns first.
  const columns = [0, 1].map((j) => `[${c.map((row) => double(row[j] ?? Number.NaN)).join(', ')}]`);
  print('6-mult\n', `[${columns.join(', ')}]`);

  expect(Number.isInteger(garbage)).toBe(true);
  expect(lines).toEqual([
    '-1.0206823934513925e-11',
    '1-add\n 5.0 7.0',
    '2-swap\n 2.0 7.0 3.0 4.0',
    '3-sum\n 32.0',
    '4-titlecase\n The Advantages Of Script Languages Over OTHER Languages',
    "5-tokenize\n 8 ['the', 'advantages', 'of', 'script', 'languages', 'over', 'OTHER', 'languages']",
    '6-mult\n [[81.0, 291.0], [96.0, 356.0]]',
  ]);
});

test('C calls TypeScript for each token, and the answers come back to C', async () => {
  const seen: string[] = [];
  const total = await visitTokens('the advantages of script languages', ' ', (token, index) => {
    seen.push(`${index}:${token}`);
    return token.length;
  });
  expect(seen).toEqual(['0:the', '1:advantages', '2:of', '3:script', '4:languages']);
  expect(total).toBe(30);
});
