import type { StatusAnswer } from '@sockpool/control/client';
import { expect, test } from 'vitest';
import { HungWorkers, hungText } from './hung-workers.ts';

function healthOf(condition: 'well' | 'hung'): StatusAnswer['health'] {
  const worker = { workerId: 1, nativeId: 77, condition, blockedMs: 7_200 };
  return { workers: [worker] } as unknown as StatusAnswer['health'];
}

test('A worker that hangs is named with the first frame of its program, which is asked for once', async () => {
  const asked: unknown[] = [];
  const workers = new HungWorkers({
    stack: (...args) => {
      asked.push(args);
      return Promise.resolve(
        'Worker 1\n    at inner (node:fs:1:1)\n    at spin (/app/server.js:3:5)\n',
      );
    },
  });
  expect(await workers.find(healthOf('well'))).toEqual([]);
  await workers.find(healthOf('hung'));
  const [hung] = await workers.find(healthOf('hung'));
  expect(asked).toEqual([[1, 77]]);
  expect(hung).toMatchObject({ workerId: 1, hungForMs: 7_200, at: 'at spin (/app/server.js:3:5)' });
  expect(hungText(hung!)).toBe(
    'Worker 1 (77) hangs for 7.2 s at spin (/app/server.js:3:5); sockpool stack --worker 1 shows more',
  );
});

test('One whose stack cannot be had is named without a place', async () => {
  const workers = new HungWorkers({ stack: () => Promise.reject(new Error('none')) });
  const [hung] = await workers.find(healthOf('hung'));
  expect(hung?.at).toBeNull();
  expect(hungText(hung!)).toBe(
    'Worker 1 (77) hangs for 7.2 s; sockpool stack --worker 1 shows more',
  );
});
