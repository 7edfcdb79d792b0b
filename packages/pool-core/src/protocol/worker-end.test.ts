import { expect, test } from 'vitest';
import { explainFailedStart } from './worker-end.ts';

const FAILED = { code: 1, signal: null, expected: false };

test('A start that fails at TypeScript that Node cannot run says what to write', () => {
  const error = Object.assign(
    new SyntaxError('TypeScript enum is not supported in strip-only mode'),
    { code: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' },
  );
  expect(explainFailedStart(FAILED, error)).toBe(
    'TypeScript enum is not supported in strip-only mode; Node only removes types: write it ' +
      'without enums, namespaces and parameter properties, or compile it first',
  );
  expect(explainFailedStart(FAILED, new Error('no database'))).toBe('no database');
});
