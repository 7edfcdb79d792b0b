import { expect, test } from 'vitest';
import { describeFailure } from './describe-failure.ts';

function failure(stack: string, cause?: Error): Error {
  const error = new Error('It failed', { cause });
  error.stack = stack;
  return error;
}

test('A failure is told with the place of its deepest cause, outside of Node and of packages', () => {
  const cause = failure(
    'Error: x\n    at run (node:internal/modules/esm/resolve:241:11)\n' +
      '    at a (file:///app/node_modules/b/c.js:1:2)\n    at file:///app/server.js:3:4',
  );
  expect(describeFailure(failure('Error\n    at /app/pool.js:9:9', cause))).toBe(
    'It failed (/app/server.js:3:4)',
  );
});

test('Of a syntax error the place stands before the message', () => {
  expect(
    describeFailure(failure('/app/server.js:7\nconst x = ;\n          ^\nSyntaxError: x')),
  ).toBe('It failed (/app/server.js:7)');
});

test.each([
  ['Error: x\n    at Object.<anonymous> (/my app (2)/a b.cjs:3:7)', '/my app (2)/a b.cjs:3:7'],
  ['Error: x\n    at async file:///my%20app/a.mjs:3:7', '/my app/a.mjs:3:7'],
  ['Error: x\n    at new Shop (file:///my%20app/a.mjs:3:7)', '/my app/a.mjs:3:7'],
  ['file:///my%20app/a.mjs:2\n\n\nSyntaxError: x', '/my app/a.mjs:2'],
])('The place in %j is %s, also in a folder whose name has spaces', (stack, place) => {
  expect(describeFailure(failure(stack))).toBe(`It failed (${place})`);
});

test('A place inside of Node is none, and a circle of causes ends', () => {
  const error = failure('Error: x\n    at run (node:internal/modules/esm/resolve:241:11)');
  error.cause = error;
  expect(describeFailure(error)).toBe('It failed');
  expect(describeFailure('text')).toBe('text');
});
