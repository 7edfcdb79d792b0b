import { expect, test } from 'vitest';
import { errorPlace, errorPlaceText } from './error-place.ts';

function failure(stack: string, cause?: Error): Error {
  const error = new Error('It failed', { cause });
  error.stack = stack;
  return error;
}

test('The place is that of the deepest cause, outside of Node and of packages', () => {
  const cause = failure(
    'Error: x\n    at run (node:internal/modules/esm/resolve:241:11)\n' +
      '    at a (file:///app/node_modules/b/c.js:1:2)\n    at file:///app/server.js:3:4',
  );
  const error = failure('Error\n    at /app/pool.js:9:9', cause);
  expect(errorPlace(error)).toEqual({ file: '/app/server.js', line: 3, column: 4 });
  expect(errorPlaceText(error)).toBe(' (/app/server.js:3:4)');
});

test.each([
  ['Error: x\n    at Object.<anonymous> (/my app (2)/a b.cjs:3:7)', '/my app (2)/a b.cjs', 3, 7],
  ['Error: x\n    at async file:///my%20app/a.mjs:4:2', '/my app/a.mjs', 4, 2],
  ['Error: x\n    at new Shop (file:///my%20app/a.mjs:5:1)', '/my app/a.mjs', 5, 1],
  ['file:///my%20app/a.mjs:2\n\n\nSyntaxError: x', '/my app/a.mjs', 2, undefined],
])('The place in %j is in %s, also in a folder whose name has spaces', (stack, ...place) => {
  const [file, line, column] = place;
  expect(errorPlace(failure(stack))).toEqual({ file, line, column });
});

test('A place inside of Node is none, and a circle of causes ends', () => {
  const error = failure('Error: x\n    at run (node:internal/modules/esm/resolve:241:11)');
  error.cause = error;
  expect(errorPlace(error)).toBeUndefined();
  expect(errorPlaceText('text')).toBe('');
});
