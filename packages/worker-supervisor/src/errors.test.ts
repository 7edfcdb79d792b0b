import { expect, test } from 'vitest';
import {
  CrashLoopError,
  fromErrorRecord,
  PoolClosedError,
  PoolError,
  toErrorRecord,
  WorkerBootError,
  WorkerBootTimeoutError,
} from './errors.ts';

test('An error keeps name, message, stack and code on its way through a record', () => {
  const original = Object.assign(new RangeError('too far'), { code: 'ERR_FAR' });
  const copy = fromErrorRecord(structuredClone(toErrorRecord(original)));
  expect(copy).toBeInstanceOf(Error);
  expect(copy).toMatchObject({ name: 'RangeError', message: 'too far', code: 'ERR_FAR' });
  expect(copy.stack).toBe(original.stack);
});

test('An error without a code gets none, and one with a code that is no string neither', () => {
  expect('code' in fromErrorRecord(toErrorRecord(new Error('plain')))).toBe(false);
  const numbered = Object.assign(new Error('numbered'), { code: 5 });
  expect(toErrorRecord(numbered).code).toBeUndefined();
});

test('Every error of a pool is a PoolError with a name and a code of its own', () => {
  const errors = [
    new WorkerBootError(1, 'no database'),
    new WorkerBootTimeoutError(1, 300),
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
      'Cannot start worker 1: it was not ready within 300 ms; ' +
        'raise bootTimeoutMs if its handler module needs longer to load',
    ],
    [
      'ERR_CRASH_LOOP',
      'Worker 1 died 8 times in a row (last: with exit code 3); the pool has closed',
    ],
    ['ERR_POOL_CLOSED', 'Cannot listen: the pool is closed'],
  ]);
});

test.each([
  ['plain text', 'plain text'],
  [undefined, 'undefined'],
  [{ status: 500 }, '{ status: 500 }'],
  [Object.create(null), '[Object: null prototype] {}'],
  [Symbol('odd'), 'Symbol(odd)'],
])('Anything thrown makes a record that says what it was: %o', (thrown, message) => {
  expect(toErrorRecord(thrown)).toEqual({
    name: 'Error',
    message,
    stack: undefined,
    code: undefined,
  });
});
