import { expect, test } from 'vitest';
import { describeFailure } from './describe-failure.ts';

test('A failure is told in one line with the place in the program', () => {
  const error = new Error('It failed\nbadly');
  error.stack = '/app/server.js:7\nconst x = ;\n          ^\nSyntaxError: x';
  expect(describeFailure(error)).toBe('It failed (/app/server.js:7)');
  error.stack = 'Error: x\n    at run (node:internal/modules/esm/resolve:241:11)';
  expect(describeFailure(error)).toBe('It failed');
  expect(describeFailure('text')).toBe('text');
});
