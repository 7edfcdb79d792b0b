import { expect, test } from 'vitest';
import {
  bytes,
  count,
  counted,
  duration,
  knowLatencies,
  milliseconds,
  quantileMs,
  rate,
  words,
} from './format.ts';

test('Figures are short, and no shorter than they are known', () => {
  expect([count(1_234_567), rate(3.123), rate(1_234.5)]).toEqual(['1,234,567', '3.1', '1,235']);
  expect([0.4, 0.046, 3.27, 37.4, 2_500, 12_000].map(milliseconds)).toEqual([
    '0.4 ms',
    '0.05 ms',
    '3.3 ms',
    '37 ms',
    '2.5 s',
    '12 s',
  ]);
  knowLatencies({ finest: 0.1, coarsest: 10_000 });
  expect([0.1, 0.21, 5.2, 10_000, null].map(quantileMs)).toEqual([
    '< 0.1 ms',
    '0.21 ms',
    '5.2 ms',
    '> 10 s',
    '–',
  ]);
  expect([48_200, 48_234_000, 512e6, 1.5e9, null].map(bytes)).toEqual([
    '48 kB',
    '48.2 MB',
    '512 MB',
    '1.50 GB',
    '–',
  ]);
  expect([45_000, 61_000, 7_500_000, 3_600_000, 9e7].map(duration)).toEqual([
    '45 s',
    '1 min',
    '2 h 5 min',
    '1 h',
    '1 d 1 h',
  ]);
  expect([counted(1, 'restart'), counted(0, 'restart')]).toEqual(['1 restart', '0 restarts']);
  expect(['firstByteTimeout', 'queue-full'].map(words)).toEqual([
    'first byte timeout',
    'queue full',
  ]);
});
