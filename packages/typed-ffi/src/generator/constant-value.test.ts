import { expect, test } from 'vitest';

import { constantValue } from './constant-value.ts';

const known = new Map([['A', 4]]);

test.each([
  ['42', 42],
  ['0x1F', 31],
  ['010', 8],
  ['10UL', 10],
  ['1 << 4 | 3', 19],
  ['(A + 1) * -2', -10],
  ['~0', -1],
  ['7 / 2 - 1', 2],
])('%s is %d', (text, value) => {
  expect(constantValue(text, known)).toBe(value);
});

test.each(['', 'B', 'sizeof(int)', '1 +', '(1', '1 ? 2 : 3'])(
  '%j is no constant that is known',
  (text) => {
    expect(constantValue(text, known)).toBeNull();
  },
);
