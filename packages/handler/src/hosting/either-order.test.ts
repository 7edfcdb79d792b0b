import { expect, test } from 'vitest';
import { eitherOrder, eitherOrderOnto } from './either-order.ts';

const error = new RangeError('far');
const throwing = {
  toString() {
    throw new Error('no text');
  },
};

test.each([
  ['a message', ['served'], 'served', undefined],
  ['a message and fields', ['served', { id: 1 }], 'served', { id: 1 }],
  ['fields and a message', [{ id: 1 }, 'served'], 'served', { id: 1 }],
  ['fields alone', [{ id: 1 }], '', { id: 1 }],
  ['an error and a message', [error, 'failed'], 'failed', { error }],
  ['a message and an error', ['failed', error], 'failed', error],
  ['an error alone', [error], error, undefined],
  ['a text with values', ['%s has %d', 'Ada', 3], 'Ada has 3', undefined],
  ['fields and a text with values', [{ id: 1 }, '%s left', 'Ada'], 'Ada left', { id: 1 }],
  ['a percent sign and fields', ['100%', { id: 1 }], '100%', { id: 1 }],
  ['a value that becomes no text', [{ id: 1 }, '%s', throwing], '%s', { id: 1 }],
  ['nothing', [], undefined, undefined],
])('%s', (_, given, message, fields) => {
  const entries: unknown[] = [];
  const logger = eitherOrder((...entry) => void entries.push(entry));
  Reflect.apply(logger.warn, logger, given);
  expect(entries).toEqual([['warn', message, fields]]);
});

test('A revoked proxy is passed on', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const entries: unknown[][] = [];
  eitherOrder((...entry) => void entries.push(entry)).info(proxy, 'odd');
  expect(entries[0]?.[1] === proxy).toBe(true);
});

test('Onto a logger of messages and fields, every entry has a text and the facts', () => {
  const entries: unknown[] = [];
  const write = (...entry: unknown[]): void => void entries.push(entry);
  const onto = { debug: write, info: write, warn: write, error: write };
  eitherOrderOnto(onto).info('bare');
  const logger = eitherOrderOnto(onto, { connectionId: 7 });
  logger.info('served', { id: 1 });
  logger.error(error);
  logger.error('failed', error as never);
  logger.warn({ connectionId: 8 });
  expect(entries).toEqual([
    ['bare'],
    ['served', { connectionId: 7, id: 1 }],
    [expect.stringContaining('RangeError: far'), { connectionId: 7 }],
    ['failed', { connectionId: 7, error }],
    ['', { connectionId: 8 }],
  ]);
});
