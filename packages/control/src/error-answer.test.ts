import { expect, test } from 'vitest';
import { errorAnswer } from './error-answer.ts';

const OURS = '/app/node_modules/.pnpm/x/node_modules/@sockpool/pool-core/dist/a.js';

function thrown(message: string, frames: readonly string[]): Error {
  const error = new Error(message);
  error.stack = [`Error: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

test('An error is told with the place in the program, and not with where sockpool is installed', () => {
  const error = thrown('no database', [
    'connect (file:///app/server.js:3:7)',
    `new Pool (file://${OURS}:9:1)`,
    'async run (node:internal/modules/esm/loader:1:2)',
    `async file:///app/node_modules/sockpool/dist/cli.js:1:1`,
  ]);
  expect(errorAnswer(error)).toEqual({
    name: 'Error',
    message: 'no database',
    stack: 'Error: no database\n    at connect (file:///app/server.js:3:7)',
    location: { file: '/app/server.js', line: 3, column: 7 },
  });
});

test('An error of sockpool itself has no stack, and a module is missing from nowhere', () => {
  expect(errorAnswer(thrown('wrong', [`check (file://${OURS}:9:1)`]))).toEqual({
    name: 'Error',
    message: 'wrong',
  });
  const esm = `Cannot find module '/app/a.js' imported from ${OURS}`;
  expect(errorAnswer(thrown(esm, [])).message).toBe("Cannot find module '/app/a.js'");
  const cjs = `Cannot find module './b'\nRequire stack:\n- /app/a.cjs\n- ${OURS}`;
  expect(errorAnswer(thrown(cjs, [])).message).toBe(
    "Cannot find module './b'\nRequire stack:\n- /app/a.cjs",
  );
});
