import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Logger } from './connection-handler.ts';
import { messageFirst } from './message-first.ts';

const FACTS = { pid: undefined, hostname: undefined, time: undefined };

/** A pino, and what it has written. */
function writingPino(options: object = {}): {
  logger: ReturnType<typeof pino>;
  written: Record<string, unknown>[];
} {
  const written: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push({ ...(JSON.parse(String(chunk)) as object), ...FACTS });
      done();
    },
  });
  return { logger: pino({ level: 'debug', ...options }, stream), written };
}

test('A pino gets fields first, and writes an error with its stack', () => {
  const { logger, written } = writingPino();
  const log: Logger = messageFirst(logger);
  log.info('served 100%', { workerId: 1 });
  log.debug('bare');
  log.error('failed', { workerId: 2, error: new RangeError('far') });
  log.warn('odd', { first: new TypeError('one') });
  expect(written).toEqual([
    { ...FACTS, level: 30, msg: 'served 100%', workerId: 1 },
    { ...FACTS, level: 20, msg: 'bare' },
    {
      ...FACTS,
      level: 50,
      msg: 'failed',
      workerId: 2,
      err: { type: 'RangeError', message: 'far', stack: expect.stringContaining('far\n    at ') },
    },
    {
      ...FACTS,
      level: 40,
      msg: 'odd',
      first: { type: 'TypeError', message: 'one', stack: expect.any(String) },
    },
  ]);
});

test('A child of a pino is one as well, and its own serializers are used', () => {
  const { logger, written } = writingPino({ serializers: { error: String } });
  messageFirst(logger.child({ app: 'shop' })).error('failed', { error: new Error('broken') });
  expect(written).toEqual([
    { ...FACTS, level: 50, app: 'shop', msg: 'failed', error: 'Error: broken' },
  ]);
});

test('The level of a pino may change later', () => {
  const { logger, written } = writingPino({ level: 'silent' });
  const log = messageFirst(logger);
  log.warn('unheard');
  logger.level = 'warn';
  log.warn('heard');
  expect(written).toMatchObject([{ msg: 'heard' }]);
});

test('Any other logger is taken as it is', () => {
  class Log {
    debug(): void {}
    info(): void {}
    warn(): void {}
    error(): void {}
  }
  const log = new Log();
  expect(messageFirst(log)).toBe(log);
  expect(messageFirst(console)).toBe(console);
});

const WANTED = 'Option logger must have the methods debug, info, warn and error';

test.each([
  [undefined, `${WANTED}, got undefined`],
  [null, `${WANTED}, got null`],
  ['console', `${WANTED}, got 'console'`],
  [pino, `${WANTED}, got a function; give the logger that it makes`],
  [{ info() {} }, `${WANTED}, got an object of class Object without debug`],
  // What NestJS has.
  [
    { log() {}, error() {}, warn() {}, debug() {} },
    `${WANTED}, got an object of class Object without info`,
  ],
  // A Fastify.
  [
    { log: pino() },
    `${WANTED}, got an object of class Object without debug; give its property log`,
  ],
])('%o is refused with what to write instead', (given, message) => {
  expect(() => messageFirst(given as unknown as Logger)).toThrow(new TypeError(message));
});
