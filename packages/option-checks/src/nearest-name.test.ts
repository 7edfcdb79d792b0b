import { assert, nat, property, stringMatching } from 'fast-check';
import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

test.each([
  ['maxConection', 'maxConnections'],
  ['MAXCONNECTIONS', 'maxConnections'],
  ['wrokers', 'workers'],
  ['prot', 'port'],
  ['workes', 'workers'],
  ['xy', undefined],
  ['x', undefined],
  ['', undefined],
  ['somethingElse', undefined],
])('nearestName of %j is %j', (meant, nearest) => {
  expect(nearestName(meant, ['maxConnections', 'workers', 'worker2', 'port', 'fd'])).toBe(nearest);
});

test('nearestName finds every name of three letters or more that misses one of them', () => {
  const name = stringMatching(/^[a-z]{3,20}$/);
  assert(
    property(name, nat(), (written, at) => {
      const cut = at % written.length;
      expect(nearestName(written.slice(0, cut) + written.slice(cut + 1), [written])).toBe(written);
    }),
  );
});
