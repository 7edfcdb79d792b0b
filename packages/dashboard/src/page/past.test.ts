import { expect, test } from 'vitest';
import type { Hello, PoolSample } from '../wire.ts';
import { Past } from './past.ts';

function hello(history: Hello['history']): Hello {
  return {
    about: {
      name: 'x',
      pid: 1,
      node: 'v1',
      steerable: false,
      sampleMs: 1_000,
      historyMs: 5_000,
      latencyMs: { finest: 0.1, coarsest: 10_000 },
    },
    columns: ['atMs', 'activeConnections'],
    history,
    marks: [],
    events: [],
    sample: {} as PoolSample,
    drain: null,
  };
}

test('The past is as long as the server keeps it, however long the page is open', () => {
  const past = new Past();
  past.begin(hello([[1_000, 1]]));
  for (let second = 2; second < 100; second += 1) past.add([second * 1_000, second]);
  expect(past.seconds).toEqual([94, 95, 96, 97, 98, 99]);
  expect(past.column('activeConnections')).toEqual([94, 95, 96, 97, 98, 99]);
  expect(past.row(past.length - 1)).toEqual({ atMs: 99_000, activeConnections: 99 });
});

test('No line is drawn through a time of which nothing is known', () => {
  const past = new Past();
  past.begin(hello([[1_000, 1]]));
  past.add([2_500, 2]);
  past.add([6_000, 3]);
  expect(past.column('activeConnections')).toEqual([1, 2, null, 3]);
  expect(past.seconds).toEqual([1, 2.5, 2.501, 6]);
});
