import { expect, test } from 'vitest';
import {
  requireBoolean,
  requireDurationMs,
  requireFunction,
  requireInteger,
  requireMethods,
  requireNumber,
  requireObject,
  requireOneOf,
  requireStrings,
} from './index.ts';

const action = (): void => undefined;

test.each([
  [requireInteger('n', 3, { min: 3, max: 3 }), 3],
  [requireInteger('n', Infinity, { min: 0, max: 3, orInfinity: true }), Infinity],
  [requireNumber('n', 0.5, { min: 0, max: 1 }), 0.5],
  [requireNumber('n', Infinity, { min: 0 }), Infinity],
  [requireDurationMs('nMs', 2_147_483_647), 2_147_483_647],
  [requireDurationMs('nMs', Infinity, { orInfinity: true }), Infinity],
  [requireBoolean('b', false), false],
  [requireFunction('f', action), action],
  [requireOneOf('mode', 'on', ['on', 'off']), 'on'],
  [requireObject('Option o', { a: 1 }), { a: 1 }],
  [requireMethods('The list', [1], ['map'], 'an array'), [1]],
  [requireStrings('list', ['a', 'b']), ['a', 'b']],
])('a check returns what is allowed (%#)', (value, expected) => {
  expect(value).toEqual(expected);
});

test('requireStrings returns a frozen copy', () => {
  const list = ['a'];
  const copy = requireStrings('list', list);
  list.push('b');
  expect(copy).toEqual(['a']);
  expect(Object.isFrozen(copy)).toBe(true);
});

test.each<[() => unknown, Error]>([
  [
    () => requireMethods('The pool of serve()', {}, ['once'], 'a ProcessPool or a ThreadPool'),
    new TypeError(
      'The pool of serve() must be a ProcessPool or a ThreadPool, got an object of class Object, ' +
        'which has no once()',
    ),
  ],
  [
    () => requireMethods('The pool of serve()', undefined, ['once'], 'a pool'),
    new TypeError('The pool of serve() must be a pool, got undefined, which has no once()'),
  ],
  [() => requireInteger('n', '1', { min: 0 }), new TypeError("Option n must be a number, got '1'")],
  [
    () => requireInteger('n', 1.5, { min: 1 }),
    new RangeError('Option n must be a whole number, 1 or more, got 1.5'),
  ],
  [
    () => requireInteger('n', Infinity, { min: 1, max: 9 }),
    new RangeError('Option n must be a whole number, 1 to 9, got Infinity'),
  ],
  [
    () => requireInteger('n', NaN, { min: 1, orInfinity: true }),
    new RangeError('Option n must be a whole number, 1 or more, or Infinity, got NaN'),
  ],
  [
    () => requireInteger('n', 2 ** 53, { min: 1 }),
    new RangeError('Option n must be a whole number, 1 or more, got 9007199254740992'),
  ],
  [
    () => requireNumber('n', NaN, { min: 0, max: 1 }),
    new RangeError('Option n must be a number, 0 to 1, got NaN'),
  ],
  [
    () => requireDurationMs('nMs', 2 ** 31, { min: 1 }),
    new RangeError('Option nMs must be a whole number, 1 to 2147483647, got 2147483648'),
  ],
  [() => requireBoolean('b', 0), new TypeError('Option b must be true or false, got 0')],
  [
    () => requireFunction('f', {}),
    new TypeError('Option f must be a function, got an object of class Object'),
  ],
  [
    () => requireOneOf('mode', 'up', ['on', 'off']),
    new TypeError("Option mode must be one of 'on', 'off', got 'up'"),
  ],
  [
    () => requireObject('Option o', [], '{ a: 1 }'),
    new TypeError('Option o must be an object, such as { a: 1 }, got an array'),
  ],
  [
    () => requireStrings('list', 'a'),
    new TypeError("Option list must be a list of strings, got 'a'"),
  ],
  [() => requireStrings('list', ['a', 1]), new TypeError('Option list[1] must be a string, got 1')],
])('a check refuses what is not allowed and says what is (%#)', (check, error) => {
  expect(check).toThrow(error);
  // `toThrow()` compares the message of an error only.
  expect(check).toThrow(expect.objectContaining({ name: error.name }));
});
