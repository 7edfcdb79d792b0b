import { expect, test } from 'vitest';
import { memoryUse } from './memory-use.ts';

test('memoryUse() gives the last resident memory and the live heap when there is no descriptor to read', () => {
  const { rssBytes } = memoryUse();
  expect(rssBytes).toBeGreaterThan(0);
  const starved = memoryUse(() => {
    throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
  });
  expect(starved.rssBytes).toBe(rssBytes);
  expect(starved.heapUsedBytes).toBeGreaterThan(0);
});
