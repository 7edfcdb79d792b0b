import { expect, test } from 'vitest';
import { doubtfulLicenses } from './licenses.ts';

function component(
  name: string,
  expression?: string,
): { name: string; version: string; licenses: { expression: string }[] } {
  return { name, version: '1.0.0', licenses: expression === undefined ? [] : [{ expression }] };
}

test('takes permissive licenses, also as one of several', () => {
  expect(
    doubtfulLicenses([
      component('a', 'MIT'),
      component('b', '(MIT AND Zlib)'),
      component('c', 'GPL-3.0-only OR MIT'),
      { name: 'd', version: '2.0.0', licenses: [{ license: { id: 'ISC' } } as never] },
    ]),
  ).toEqual([]);
});

test('names what asks for more, and what names none', () => {
  expect(
    doubtfulLicenses([
      component('a', 'GPL-3.0-only'),
      component('b', 'MIT AND MPL-2.0'),
      { ...component('c'), name: 'c', group: '@scope' } as never,
    ]),
  ).toEqual(['a@1.0.0: GPL-3.0-only', 'b@1.0.0: MIT AND MPL-2.0', '@scope/c@1.0.0: no license']);
});
