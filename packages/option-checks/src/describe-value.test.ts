import { expect, test } from 'vitest';
import { describeValue } from './describe-value.ts';

test.each([
  ['text', "'text'"],
  ['x'.repeat(1000), `'${'x'.repeat(100)}…'`],
  [-0.5, '-0.5'],
  [7n, '7'],
  [Symbol('mark'), 'Symbol(mark)'],
  [undefined, 'undefined'],
  [null, 'null'],
  [[1, 2], 'an array'],
  [() => 'secret', 'a function'],
  [{ key: 'secret' }, 'an object of class Object'],
  [new Map(), 'an object of class Map'],
  [Object.create(null), 'an object of class null'],
])('describeValue shows a value, short and with its kind (%#)', (value, shown) => {
  expect(describeValue(value)).toBe(shown);
});

test('describeValue never throws', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(describeValue(proxy)).toBe('an object that does not show itself');
});
