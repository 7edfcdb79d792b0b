import { expect, test } from 'vitest';

import { alignmentOf, layOut, sizeOf } from './abi.ts';

test('layOut() aligns each field to its size and pads the end', () => {
  const layout = layOut([
    { name: 'a', abi: 'u8' },
    { name: 'b', abi: 'i32' },
    { name: 'c', abi: 'u8' },
    { name: 'd', abi: 'f64' },
    { name: 'e', abi: 'u16' },
  ]);
  expect(layout.fields.map((field) => field.offsetBytes)).toEqual([0, 4, 8, 16, 24]);
  expect([layout.sizeBytes, layout.alignmentBytes]).toEqual([32, 8]);
});

test('layOut() aligns an array to its element and a struct to its widest field', () => {
  const inner = layOut([
    { name: 'a', abi: 'u8' },
    { name: 'b', abi: 'i16' },
  ]);
  const layout = layOut([
    { name: 'a', abi: 'u8' },
    { name: 'b', abi: inner },
    { name: 'c', abi: { kind: 'array', element: 'u8', length: 3 } },
    { name: 'd', abi: { kind: 'array', element: inner, length: 2 } },
  ]);
  expect(layout.fields.map((field) => field.offsetBytes)).toEqual([0, 2, 6, 10]);
  expect([sizeOf(layout), alignmentOf(layout)]).toEqual([18, 2]);
});
