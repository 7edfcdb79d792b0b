import { expect, test } from 'vitest';
import { from, schedulable } from '../../../test/fixtures/schedulable-worker.ts';
import type { SchedulingError } from '../../errors/errors.ts';
import { createScheduler } from './scheduling.ts';
import { NO_COUNTS } from '../../protocol/worker-report.ts';
import type { SchedulingFunction } from '../../options/worker-view.ts';

const workers = [
  schedulable(1, { activeConnections: 4, generation: 2 }),
  schedulable(3, {
    activeConnections: 2,
    counts: { ...NO_COUNTS, totalConnections: 7, messages: 9 },
    eventLoopUtilization: 0.5,
    heartbeatAgeMs: 12,
  }),
];

function scheduled(choose: SchedulingFunction): { id: number; errors: SchedulingError[] } {
  const errors: SchedulingError[] = [];
  const schedule = createScheduler(choose, { onError: (error) => errors.push(error) });
  return { id: schedule(workers, from('10.0.0.1')).id, errors };
}

test('A scheduling function sees the workers and the connection', () => {
  let seen: unknown[] = [];
  scheduled((...args) => {
    seen = args;
    return 1;
  });
  expect(seen).toEqual([
    [
      {
        id: 1,
        generation: 2,
        activeConnections: 4,
        totalConnections: 0,
        messages: 0,
        eventLoopUtilization: 0,
        heartbeatAgeMs: 0,
      },
      {
        id: 3,
        generation: undefined,
        activeConnections: 2,
        totalConnections: 7,
        messages: 9,
        eventLoopUtilization: 0.5,
        heartbeatAgeMs: 12,
      },
    ],
    { remoteAddress: '10.0.0.1', remotePort: 50_000, remoteFamily: 'IPv4' },
  ]);
});

test('A scheduling function can change nothing of what it sees', () => {
  const { errors } = scheduled((views, connection) => {
    for (const view of [views, views[0], connection]) expect(Object.isFrozen(view)).toBe(true);
    return 1;
  });
  expect(errors).toEqual([]);
});

test('A scheduling function chooses by a view or by an id', () => {
  expect(scheduled((views) => views[0])).toEqual({ id: 1, errors: [] });
  expect(scheduled(() => 1)).toEqual({ id: 1, errors: [] });
});

test('A scheduling function that throws is told by its error, and the connection goes to the worker with the fewest', () => {
  const cause = new Error('no idea');
  const { id, errors } = scheduled(() => {
    throw cause;
  });
  expect(id).toBe(3);
  expect(errors).toMatchObject([{ code: 'ERR_SCHEDULING', cause }]);
});

test.each<[string, unknown]>([
  ['2', 2],
  ['NaN', Number.NaN],
  ['undefined', undefined],
  ["'1'", '1'],
  ['an object of class Object', { id: 1 }],
  ['an object of class Promise', Promise.resolve(1)],
])('A scheduling function that returns %s is told what it may return', (said, returned) => {
  const { id, errors } = scheduled((() => returned) as unknown as SchedulingFunction);
  expect(id).toBe(3);
  expect(errors.map(({ message }) => message)).toEqual([
    `Cannot schedule a connection as asked: the scheduling function returned ${said}, which is none ` +
      "of the workers with free capacity (ids 1, 3): return one of its argument's elements, or its id",
  ]);
});
