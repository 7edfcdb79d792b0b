import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { loggableEntry } from './loggable.ts';

test('Plain data is kept as it is', () => {
  const fields = { text: 'a', count: 1, yes: true, none: null, list: [1, { deep: [2] }] };
  expect(loggableEntry('message', fields)).toEqual({
    message: 'message',
    fields,
    errors: undefined,
  });
  expect(loggableEntry('message', undefined)).toEqual({
    message: 'message',
    fields: undefined,
    errors: undefined,
  });
});

test('Errors keep name and code, also in place of the fields or the message', () => {
  const error = Object.assign(new RangeError('far'), { code: 'ERR_FAR' });
  const record = { name: 'RangeError', message: 'far', code: 'ERR_FAR' };
  expect(loggableEntry('m', { error, at: 1 })).toMatchObject({
    fields: { at: 1 },
    errors: { error: record },
  });
  expect(loggableEntry('m', error)).toMatchObject({ errors: { error: record } });
  expect(loggableEntry(error, undefined)).toMatchObject({
    message: 'RangeError: far',
    errors: { error: record },
  });
});

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const circular: Record<string, unknown> = { name: 'circular' };
circular['self'] = circular;
const trapped = new Proxy(
  {},
  {
    ownKeys() {
      throw new Error('trapped');
    },
  },
);

test.each([
  ['a socket', { socket: new Socket() }],
  ['a function', { callback: () => undefined }],
  ['a symbol', { symbol: Symbol('odd') }],
  ['a BigInt', { big: 10n }],
  [
    'a getter that throws',
    {
      get bad(): never {
        throw new Error('no');
      },
    },
  ],
  ['a proxy that throws', trapped],
  ['a proxy that throws in a field', { trapped }],
  ['a revoked proxy', { revoked }],
  ['a circle', circular],
  ['a map', { map: new Map([['key', new Socket()]]) }],
  ['a weak map', new WeakMap()],
  ['a key __proto__', JSON.parse('{"__proto__": {"polluted": true}}')],
  ['a text', 'text'],
  ['null', null],
  ['many keys', Object.fromEntries(Array.from({ length: 5_000 }, (_, key) => [`${key}`, key]))],
  ['many items', { items: Array.from({ length: 100_000 }, (_, item) => ({ item })) }],
  ['a sparse array', { sparse: Object.assign([], { length: 2 ** 31 }) }],
  [
    'long texts',
    Object.fromEntries(Array.from({ length: 90 }, (_, key) => [key, 'x'.repeat(1e6)])),
  ],
  ['depth', JSON.parse('{"a":'.repeat(1_000) + '1' + '}'.repeat(1_000))],
])('%s becomes something bounded that can be cloned and written as JSON', (_, fields) => {
  for (const entry of [loggableEntry('m', fields), loggableEntry(fields, undefined)]) {
    expect(structuredClone(entry)).toEqual(entry);
    expect(JSON.stringify(entry).length).toBeLessThan(200_000);
  }
});

test('What is no plain data becomes a text that shows it', () => {
  const { fields } = loggableEntry('m', { s: Symbol('odd'), f() {}, big: 10n, gone: revoked });
  expect(fields).toEqual({
    s: 'Symbol(odd)',
    f: '[Function: f]',
    big: '10n',
    gone: '<Revoked Proxy>',
  });
});
