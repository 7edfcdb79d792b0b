import { expect, test } from 'vitest';

import { fn, i32, i32Array, library, named, u32, usize } from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';

describeEachBackend((backend, path) => {
  const open = { backend } as const;

  test('errno is reported with the result', () => {
    const c = library(path, { fail_with: fn([i32], i32, { errno: true }) }, open);
    expect(c.fail_with(17)).toEqual({ value: -1, errno: 17 });
  });

  test.skipIf(backend === 'node:ffi')(
    'a function off the main thread leaves the event loop free and may overlap',
    async () => {
      const c = library(
        path,
        { slow_sum: fn([i32Array('n'), usize, named('ms', u32)], i32, { offThread: true }) },
        open,
      );
      const order: string[] = [];
      const values = Int32Array.of(1, 2, 3);
      const slow = c.slow_sum(values, 3, 50).then((sum) => {
        order.push('c');
        return sum;
      });
      values.fill(100);
      setImmediate(() => order.push('loop'));
      expect(await Promise.all([slow, c.slow_sum(Int32Array.of(5), 1, 0)])).toEqual([6, 5]);
      expect(order).toEqual(['loop', 'c']);
    },
  );
});
