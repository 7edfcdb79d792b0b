import { expect, test } from 'vitest';
import { perSecond, RecentLooks } from './recent-looks.ts';

test('A rate is that of the window, and nothing before there are two looks', () => {
  const looks = new RecentLooks<number>(5_000);
  expect(perSecond(looks)).toBe(0);
  looks.add(0, 100);
  expect(perSecond(looks)).toBe(0);
  looks.add(1_000, 150);
  expect(perSecond(looks)).toBe(50);
  for (let second = 2; second <= 20; second += 1) looks.add(second * 1_000, 150 + second * 10);
  expect(looks.ends).toEqual([
    { atMs: 15_000, value: 300 },
    { atMs: 20_000, value: 350 },
  ]);
  expect(perSecond(looks)).toBe(10);
});

test('A look at the same report again is none', () => {
  const looks = new RecentLooks<number>(5_000);
  looks.add(1_000, 10);
  looks.add(2_000, 20);
  looks.add(2_030, 20);
  expect(perSecond(looks)).toBe(10);
});
