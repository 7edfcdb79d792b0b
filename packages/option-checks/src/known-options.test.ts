import { expect, test } from 'vitest';
import { requireKnownOptions, withDefaults } from './known-options.ts';

const KNOWN = { maxConnections: 1, workers: 2, ALPNProtocols: 3 };

test.each([
  ['maxConection', 'did you mean maxConnections? Allowed are'],
  ['maxconnections', 'did you mean maxConnections? Allowed are'],
  ['alpnProtocols', 'did you mean ALPNProtocols? Allowed are'],
  ['wrokers', 'did you mean workers? Allowed are'],
  ['x', 'allowed are'],
  ['toString', 'allowed are'],
  ['__proto__', 'allowed are'],
])('requireKnownOptions refuses %s', (name, hint) => {
  const given = JSON.parse(`{"workers":1,"${name}":2}`) as object;
  expect(() => requireKnownOptions(given, KNOWN)).toThrow(
    new TypeError(`Unknown option ${name}: ${hint} maxConnections, workers, ALPNProtocols`),
  );
});

test('requireKnownOptions says whose options they are, where they are, and what else helps', () => {
  expect(() =>
    requireKnownOptions({ worker: undefined }, KNOWN, {
      within: 'pool.',
      of: 'listen()',
      hint: 'see the README',
    }),
  ).toThrow(
    new TypeError(
      'Unknown option pool.worker of listen(): did you mean pool.workers? Allowed are ' +
        'maxConnections, workers, ALPNProtocols; see the README',
    ),
  );
  expect(() =>
    requireKnownOptions({ graceMs: 1 }, KNOWN, { elsewhere: { graceMs: 'shutdown.graceMs' } }),
  ).toThrow(
    new TypeError(
      'Unknown option graceMs: did you mean shutdown.graceMs? Allowed are ' +
        'maxConnections, workers, ALPNProtocols',
    ),
  );
  expect(() => requireKnownOptions({ workers: 1 }, KNOWN)).not.toThrow();
});

test('withDefaults refuses names of Object.prototype, and takes none of its values for given', () => {
  expect(() => withDefaults('pool', JSON.parse('{"valueOf":1}') as object, KNOWN)).toThrow(
    /^Unknown option pool\.valueOf: allowed are/,
  );
  expect(withDefaults('pool', { workers: 5 }, KNOWN)).toEqual({ ...KNOWN, workers: 5 });
});
