import { expect, test } from 'vitest';
import {
  CrashLoopError,
  PoolClosedError,
  PoolError,
  WorkerBootError,
  WorkerBootTimeoutError,
} from './errors.ts';

test('Every error of a pool is a PoolError with a name and a code of its own', () => {
  const errors = [
    new WorkerBootError(1, 'no database'),
    new WorkerBootTimeoutError(1, 300, 'file:///handler.js', undefined),
    new WorkerBootTimeoutError(1, 300, 'file:///handler.js', '    at loop (handler.js:1:1)'),
    new CrashLoopError(1, 8, 'with exit code 3'),
    new PoolClosedError('listen'),
  ];
  for (const error of errors) {
    expect(error).toBeInstanceOf(PoolError);
    expect(error.name).toBe(error.constructor.name);
  }
  expect(errors.map(({ code, message }) => [code, message])).toEqual([
    ['ERR_WORKER_BOOT', 'Cannot start worker 1: no database'],
    [
      'ERR_WORKER_BOOT_TIMEOUT',
      "Cannot start worker 1: it was not ready within 300 ms; see what 'file:///handler.js' awaits, " +
        'or raise bootTimeoutMs if its handler module needs longer to load',
    ],
    [
      'ERR_WORKER_BOOT_TIMEOUT',
      'Cannot start worker 1: it was not ready within 300 ms and still computes; see its stack, ' +
        'or raise bootTimeoutMs if its handler module needs longer to load',
    ],
    [
      'ERR_CRASH_LOOP',
      'Worker 1 died 8 times in a row (last: with exit code 3); the pool has closed; fix the cause; respawn.maxConsecutiveCrashes says when a pool gives up',
    ],
    ['ERR_POOL_CLOSED', 'Cannot listen: the pool is closed'],
  ]);
});
