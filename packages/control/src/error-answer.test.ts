import { expect, test } from 'vitest';
import { errorAnswer } from './error-answer.ts';

test.each([
  ['Error: x\n    at Object.<anonymous> (/my app (2)/a b.cjs:3:7)', '/my app (2)/a b.cjs', 3, 7],
  ['Error: x\n    at async file:///my%20app/a.mjs:4:2', '/my app/a.mjs', 4, 2],
  ['Error: x\n    at new Shop (file:///my%20app/a.mjs:5:1)', '/my app/a.mjs', 5, 1],
  ['file:///my%20app/a.mjs:2\n\n\nSyntaxError: x', '/my app/a.mjs', 2, undefined],
])('The location in %j is in %s, also in a folder whose name has spaces', (stack, ...place) => {
  const [file, line, column] = place;
  const error = Object.assign(new Error('x'), { stack });
  expect(errorAnswer(error).location).toEqual({ file, line, column });
});
