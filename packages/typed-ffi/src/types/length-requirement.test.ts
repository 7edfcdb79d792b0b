import { expect, test } from 'vitest';

import { lengthRequirement, matrixRequirement } from './length-requirement.ts';

const labels = (values: Record<string, number>) => (label: string) => values[label] ?? Number.NaN;
const none = () => 0;

test('a length is a number, a label, or a product of both', () => {
  expect(lengthRequirement(7, 'elements', none)?.needed(labels({}))).toBe(7);
  expect(lengthRequirement('n', 'elements', none)?.needed(labels({ n: 3 }))).toBe(3);
  const product = lengthRequirement('rows * 20', 'elements', none);
  expect(product?.labels).toEqual(['rows']);
  expect(product?.needed(labels({ rows: 3 }))).toBe(60);
  expect(lengthRequirement(undefined, 'elements', none)).toBeUndefined();
});

test('a length is a sum too, and never less than 0', () => {
  const needed = (spec: string) =>
    lengthRequirement(spec, 'bytes', none)?.needed(labels({ n: 3, m: 4 }));
  expect(needed('n + 16')).toBe(19);
  expect(needed('2*(n + m) - 1')).toBe(13);
  expect(needed('n - 16')).toBe(0);
  expect(needed('n - m - 1 + 5')).toBe(3);
  expect(lengthRequirement('n*n + m', 'bytes', none)?.labels).toEqual(['n', 'm']);
});

test.each(['', 'n+', '2n', 'n*', '-1', '(n', 'n)', 'n m', 'n/2', '0x10'])(
  'a length of %j is refused',
  (spec) => {
    expect(() => lengthRequirement(spec, 'elements', none)).toThrow(TypeError);
  },
);

test.each([-1, 1.5, Number.NaN])('a length of %d is refused', (spec) => {
  expect(() => lengthRequirement(spec, 'elements', none)).toThrow(RangeError);
});

test('a matrix needs whole rows, but nothing after the last row', () => {
  const shape = matrixRequirement({ rows: 'n', columns: 'm', stride: 100 }, none);
  expect(shape.needed(labels({ n: 2, m: 5 }))).toBe(105);
  expect(shape.needed(labels({ n: 0, m: 5 }))).toBe(0);
  expect(() => shape.needed(labels({ n: 2, m: 101 }))).toThrow(RangeError);
  expect(matrixRequirement({ rows: 2, columns: 'm' }, none).needed(labels({ m: 5 }))).toBe(10);
});
