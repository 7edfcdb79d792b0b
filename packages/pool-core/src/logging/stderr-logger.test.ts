import { expect, test } from 'vitest';
import { containLogger } from './contained-logger.ts';
import { formatEntry, stderrLogger } from './stderr-logger.ts';

test('An entry is one line, and the stacks of its errors with their causes follow indented', () => {
  const cause = new TypeError('the cause');
  cause.stack = 'TypeError: the cause\n    at deep (file:///deep.js:1:1)';
  const error = new Error('broken', { cause });
  error.stack = 'Error: broken\n    at handler (file:///handler.js:3:7)';
  expect(formatEntry('error', 'Worker 1: Error: broken', { error, from: 1 })).toBe(
    [
      '[sockpool] error: Worker 1: Error: broken { from: 1 }',
      '    at handler (file:///handler.js:3:7)',
      '    caused by: TypeError: the cause',
      '    at deep (file:///deep.js:1:1)',
      '',
    ].join('\n'),
  );
});

test('The line of source with its caret stays', () => {
  const error = new SyntaxError("Unexpected token ';'");
  error.stack =
    "file:///h.js:3\n\tconst x = ;\n\t          ^\n\nSyntaxError: Unexpected token ';'\n    at load (node:x:1:1)";
  expect(formatEntry('error', "Cannot start: Unexpected token ';'", { error })).toBe(
    [
      "[sockpool] error: Cannot start: Unexpected token ';'",
      '    file:///h.js:3',
      '    \tconst x = ;',
      '    \t          ^',
      '    at load (node:x:1:1)',
      '',
    ].join('\n'),
  );
});

test("A client's text can neither begin an entry nor move the cursor", () => {
  const text = 'a\r\n[sockpool] error: forged\u001b[2J\u0085\u2028\u202e\ud800';
  const error = new Error(text);
  const lines = formatEntry('warn', `refused: ${text}`, { text, error }).split('\n');
  expect(lines.pop()).toBe('');
  expect(lines.filter((line) => !line.startsWith('    '))).toHaveLength(1);
  expect(lines.join('')).toMatch(/^[\u0020-\u007e\ufffd\t]*$/);
});

test('An entry without an end is cut', () => {
  const long = 'x'.repeat(1e7);
  expect(formatEntry('error', long, { long, error: new Error(long) }).length).toBeLessThan(100_000);
});

test('The default logger is not wrapped, and any other one cannot throw', async () => {
  expect(containLogger(stderrLogger)).toBe(stderrLogger);
  const entries: unknown[] = [];
  const logger = containLogger({
    debug: (message) => void entries.push(message),
    info: () => {
      throw Object.freeze({ odd: true });
    },
    warn: () => Promise.reject(new Error('disk full')) as unknown as undefined,
    error: () => {
      throw new Error('broken logger');
    },
  });
  logger.debug('passes');
  logger.info('x');
  logger.warn('x');
  logger.error('x');
  await new Promise((resolve) => setImmediate(resolve));
  expect(entries).toEqual(['passes']);
});
