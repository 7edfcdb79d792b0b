import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { asError, fromErrorRecord, isErrorRecord, toErrorRecord } from './error-record.ts';

test('An error keeps name, message, stack and code on its way through a record', () => {
  const original = Object.assign(new RangeError('too far'), { code: 'ERR_FAR' });
  const copy = fromErrorRecord(structuredClone(toErrorRecord(original)));
  expect(copy).toBeInstanceOf(Error);
  expect(copy).toMatchObject({ name: 'RangeError', message: 'too far', code: 'ERR_FAR' });
  expect(copy.stack).toBe(original.stack);
});

test('An error without a code gets none, and one with a code that is no string neither', () => {
  expect('code' in fromErrorRecord(toErrorRecord(new Error('plain')))).toBe(false);
  const numbered = Object.assign(new Error('numbered'), { code: 5 });
  expect(toErrorRecord(numbered).code).toBeUndefined();
});

test.each([
  ['plain text', 'plain text'],
  [undefined, 'undefined'],
  [{ status: 500 }, '{ status: 500 }'],
  [Object.create(null), '[Object: null prototype] {}'],
  [Symbol('odd'), 'Symbol(odd)'],
])('Anything thrown makes a record that says what it was: %o', (thrown, message) => {
  expect(toErrorRecord(thrown)).toEqual({
    name: 'Error',
    message,
    stack: undefined,
    code: undefined,
  });
});

test('An error keeps its causes and the errors of an AggregateError', () => {
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  const original = new AggregateError([new RangeError('one')], 'all', { cause });
  const copy = fromErrorRecord(structuredClone(toErrorRecord(original)));
  expect(copy).toMatchObject({ name: 'AggregateError', message: 'all' });
  expect(copy.cause).toMatchObject({ message: 'refused', code: 'ECONNREFUSED' });
  expect(copy).toHaveProperty('errors', [expect.objectContaining({ message: 'one' })]);
});

function fail(): never {
  throw new Error('trapped');
}

/** A value whose own code fails whatever one does with it. */
function hostile(target: object = {}): object {
  return new Proxy(target, {
    get: fail,
    getOwnPropertyDescriptor: fail,
    getPrototypeOf: fail,
    has: fail,
    ownKeys: fail,
  });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable(new Error('revoked'), {});
  revoke();
  return proxy;
}

const withProperties = (properties: Record<string, unknown>): Error =>
  Object.defineProperties(
    new Error('as it was'),
    Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, { value }])),
  );
const withGetter = (key: string): Error =>
  Object.defineProperty(new Error('as it was'), key, {
    get() {
      throw new Error('no');
    },
  });
const odd: readonly unknown[] = [
  hostile(),
  hostile(new Error('behind a proxy')),
  hostile(() => undefined),
  revoked(),
  5n,
  () => undefined,
  { [Symbol.for('nodejs.util.inspect.custom')]: hostile(() => undefined) },
  Object.freeze(new Error('frozen')),
  runInNewContext('new TypeError("of another realm")'),
  'x'.repeat(10_000_000),
  null,
];

const everyOdd: unknown[] = [...odd];
for (const key of ['name', 'message', 'stack', 'code', 'cause', 'errors']) {
  everyOdd.push(withGetter(key));
  for (const value of odd) everyOdd.push(withProperties({ [key]: value }));
}

// By number: the test runner cannot show them.
test.each([...everyOdd.keys()])(
  'Whatever is thrown makes a record of plain texts that can be cloned (%#)',
  (index) => {
    const thrown = everyOdd[index];
    const record = structuredClone(toErrorRecord(thrown));
    expect(isErrorRecord(record)).toBe(true);
    expect(JSON.stringify(record).length).toBeLessThan(200_000);
    const { name, message, stack } = asError(thrown);
    expect([typeof name, typeof message, typeof stack]).toEqual(['string', 'string', 'string']);
  },
);

test('A cause that is its own cause makes a bounded record', () => {
  const error = new Error('round');
  error.cause = error;
  expect(isErrorRecord(toErrorRecord(error))).toBe(true);
});

test.each([
  null,
  'text',
  {},
  { name: 'Error', message: 5 },
  { name: 'Error', message: 'm', stack: {} },
  { name: 'Error', message: 'm', cause: {} },
  { name: 'Error', message: 'm', errors: [null] },
])('%j is no record of an error', (value) => {
  expect(isErrorRecord(value)).toBe(false);
});
