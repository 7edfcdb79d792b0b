import { expect, test } from 'vitest';
import { formatLog } from './log-format.ts';

const TIME = String.raw`\d\d:\d\d:\d\d\.\d{3}`;

test('Entries for people have time, worker and level before each line', () => {
  const text = formatLog({ level: 'info', message: 'one\ntwo', worker: 3 }, 'pretty', false);
  expect(text).toMatch(new RegExp(`^${TIME} w3   info  one\n${TIME} w3   info  two\n$`));
});

test('Entries of the primary show their fields', () => {
  const text = formatLog(
    { level: 'warn', message: 'slow', fields: { ms: 3, at: '/x' } },
    'pretty',
    false,
  );
  expect(text).toMatch(new RegExp(`^${TIME} pool warn  slow ms=3 at=/x\n$`));
});

test('Colors are only where they are wanted', () => {
  const entry = { level: 'error', message: 'broken', worker: 0 } as const;
  expect(formatLog(entry, 'pretty', true)).toContain('\u001b[31m');
  expect(formatLog(entry, 'pretty', false)).not.toContain('\u001b');
  expect(formatLog(entry, 'json', true)).not.toContain('\u001b');
});

test('Entries for programs are one JSON object a line', () => {
  const text = formatLog({ level: 'info', message: 'a\nb', worker: 1 }, 'json', false);
  expect(text.trim()).not.toContain('\n');
  expect(JSON.parse(text)).toEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    level: 'info',
    worker: 1,
    message: 'a\nb',
  });
});

test('Programs are told generation and connection too', () => {
  const entry = {
    level: 'warn',
    message: 'slow',
    worker: 1,
    generation: 2,
    connectionId: 3,
  } as const;
  expect(JSON.parse(formatLog({ ...entry, fields: { ms: 4 } }, 'json', false))).toEqual({
    time: expect.any(String),
    ...entry,
    ms: 4,
  });
  expect(formatLog(entry, 'pretty', false)).toMatch(new RegExp(`^${TIME} w1   warn  slow\n$`));
});

test('What a program prints as JSON stays what it is', () => {
  const message = '{"level":30,"msg":"ok","time":1}';
  expect(JSON.parse(formatLog({ level: 'info', message, worker: 1 }, 'json', false))).toEqual({
    time: 1,
    level: 30,
    worker: 1,
    msg: 'ok',
  });
  const broken = '{"level":30';
  const entry = { level: 'info', message: `${broken}}}`, worker: 1 } as const;
  expect(JSON.parse(formatLog(entry, 'json', false))).toMatchObject({ message: `${broken}}}` });
});

test('Of an error the stack of its deepest cause is shown', () => {
  const cause = new TypeError('no database');
  const error = new Error('Cannot restart: no database', { cause });
  const text = formatLog(
    { level: 'error', message: error.message, fields: { error } },
    'pretty',
    false,
  );
  expect(text).toContain('log-format.test.ts');
  const json = JSON.parse(
    formatLog(
      { level: 'error', message: 'x', fields: { error, big: 1n, circle: circle() } },
      'json',
      false,
    ),
  );
  expect(json.error.stack).toContain('TypeError: no database');
  expect(json.circle).toContain('Circular');
});

function circle(): object {
  const object: Record<string, unknown> = {};
  object['self'] = object;
  return object;
}
