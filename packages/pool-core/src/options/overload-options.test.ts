import { expect, test } from 'vitest';
import { type OverloadOptions, resolveOverloadOptions } from './overload-options.ts';

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();

test('Without options, clients wait in the backlog, without a limit', () => {
  for (const options of [undefined, {}, { policy: 'wait' } as const]) {
    expect(resolveOverloadOptions(options)).toEqual({
      policy: 'wait',
      maxQueuedConnections: Infinity,
      queueTimeoutMs: Infinity,
      rejectWith: undefined,
    });
  }
});

test('A queue holds 1,024 connections and a deadline of five seconds by default', () => {
  expect(resolveOverloadOptions({ policy: 'reject' })).toEqual({
    policy: 'reject',
    maxQueuedConnections: 1_024,
    queueTimeoutMs: 5_000,
    rejectWith: undefined,
  });
});

test('http-503 is a complete response that closes the connection', () => {
  const { rejectWith } = resolveOverloadOptions({ policy: 'reject', rejectWith: 'http-503' });
  const [head = '', body = ''] = text(rejectWith).split('\r\n\r\n');
  expect(head.split('\r\n')).toEqual([
    'HTTP/1.1 503 Service Unavailable',
    'Connection: close',
    'Retry-After: 1',
    'Cache-Control: no-store',
    'Content-Type: text/plain',
    `Content-Length: ${body.length}`,
  ]);
});

test('rejectWith is text or bytes, and later changes of the bytes have no effect', () => {
  const bytes = Uint8Array.from([98, 117, 115, 121]);
  const { rejectWith } = resolveOverloadOptions({ policy: 'drop-oldest', rejectWith: bytes });
  bytes.fill(0);
  expect(text(rejectWith)).toBe('busy');
  expect(text(resolveOverloadOptions({ policy: 'reject', rejectWith: 'später' }).rejectWith)).toBe(
    'später',
  );
});

test.each<[OverloadOptions, unknown]>([
  [
    { policy: 'shout' as 'wait' },
    new TypeError(
      "Option overload.policy must be one of 'wait', 'reject', 'drop-oldest', got 'shout'",
    ),
  ],
  [
    'reject' as OverloadOptions,
    new TypeError("Option overload must be an object, such as { policy: 'reject' }, got 'reject'"),
  ],
  [
    { policy: 'drop-oldest', maxQueuedConnections: 0 },
    new RangeError(
      'Option overload.maxQueuedConnections must be a whole number, 1 to 65536, got 0',
    ),
  ],
  [
    { policy: 'reject', queueTimeoutMs: -1 },
    new RangeError(
      'Option overload.queueTimeoutMs must be a whole number, 0 to 2147483647, or Infinity, got -1',
    ),
  ],
  [
    { policy: 'reject', rejectWith: 503 as unknown as string },
    new TypeError(
      "Option overload.rejectWith must be 'http-503', a string or a Uint8Array, got 503",
    ),
  ],
  [
    { policy: 'reject', rejectWith: 'x'.repeat(65_537) },
    new RangeError('Option overload.rejectWith must have 65536 bytes at most, got 65537'),
  ],
  [
    { maxQueuedConnections: 5 },
    expect.objectContaining({
      code: 'ERR_UNSUPPORTED_OPTION',
      message:
        "Cannot use overload.maxQueuedConnections with the policy 'wait', which leaves clients in " +
        "the kernel's backlog: give overload.policy 'reject' or 'drop-oldest' as well",
    }),
  ],
])('resolveOverloadOptions refuses %o and says what it wants', (given, error) => {
  expect(() => resolveOverloadOptions(given)).toThrow(error as Error);
});
