import { expect, test } from 'vitest';
import { createProxyHeaderDecoder } from './proxy-header-decoder.ts';
import { proxyProtocol } from './proxy-protocol.ts';
import { createProxyHeaderReader } from './read-proxy-header.ts';

const wrap = (options: object): unknown => proxyProtocol(options as never, () => undefined);

test('every function names an unknown option, the nearest one, and those that there are', () => {
  const trusted = ['10.0.0.0/8'];
  expect(() => createProxyHeaderDecoder({ maxHeader: 1 } as object)).toThrow(
    new TypeError('Unknown option maxHeader: allowed are maxHeaderBytes'),
  );
  expect(() => createProxyHeaderReader({ trusted, timeout: 1 } as never, 'proxy.')).toThrow(
    new TypeError(
      'Unknown option proxy.timeout: did you mean proxy.timeoutMs? Allowed are trusted, ' +
        'untrusted, timeoutMs, required, maxHeaderBytes, signal',
    ),
  );
  expect(() => wrap({ trusted, onRefuse: 1 })).toThrow(
    /^Unknown option onRefuse: did you mean onRefused\? /,
  );
  expect(() => wrap({ trusted, constructor: 1 })).toThrow(
    /^Unknown option constructor: allowed are trusted, /,
  );
  expect(() => wrap({ trusted, onRefused: 1 })).toThrow(
    new TypeError('Option onRefused must be a function, got 1'),
  );
});
