import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { packRows, unpackRows } from './matrix-rows.ts';

test('unpackRows() returns what packRows() packed, at any stride', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }).chain((columns) =>
        fc.tuple(
          fc.array(fc.array(fc.double(), { minLength: columns, maxLength: columns }), {
            minLength: 1,
            maxLength: 6,
          }),
          fc.integer({ min: columns, max: columns + 5 }),
        ),
      ),
      ([rows, stride]) => {
        const columns = rows[0]?.length ?? 0;
        const unpacked = unpackRows(packRows(rows, stride), rows.length, columns, stride);
        expect(unpacked).toEqual(rows);
      },
    ),
  );
});

test('packRows() refuses ragged, empty and over-long rows, and what is no number', () => {
  expect(() => packRows([])).toThrow(RangeError);
  expect(() => packRows([[]])).toThrow(RangeError);
  expect(() => packRows([[1, 2], [3]])).toThrow(RangeError);
  expect(() => packRows([[1, 2]], 1)).toThrow(RangeError);
  expect(() => packRows([[1, '2' as unknown as number]])).toThrow(TypeError);
  expect(() => unpackRows(new Float64Array(3), 2, 2)).toThrow(RangeError);
});
