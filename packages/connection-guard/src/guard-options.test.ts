import { expect, test } from 'vitest';
import { GUARD_DEFAULTS, type GuardOptions, resolveGuardOptions } from './guard-options.ts';

test('resolveGuardOptions fills in the defaults, and its result survives a structured clone', () => {
  expect(resolveGuardOptions()).toEqual(GUARD_DEFAULTS);
  const given = { deny: ['10.0.0.0/8'], idleTimeoutMs: 5 };
  const resolved = resolveGuardOptions(given);
  expect(resolved).toEqual({ ...GUARD_DEFAULTS, ...given, unreadTimeoutMs: 60_000 });
  expect(resolveGuardOptions({ idleTimeoutMs: 70_000 }).unreadTimeoutMs).toBe(70_000);
  expect(resolveGuardOptions(structuredClone(resolved))).toEqual(resolved);
});

test.each([
  [
    { idleTimeoutMs: 0 },
    'Option idleTimeoutMs must be a whole number, 1 or more, or Infinity, got 0',
  ],
  [{ ipv6PrefixBits: 129 }, 'Option ipv6PrefixBits must be a whole number, 1 to 128, got 129'],
  [
    { sweepIntervalMs: Infinity },
    'Option sweepIntervalMs must be a whole number, 1 to 2147483647, got Infinity',
  ],
  [{ rateGraceMs: NaN }, 'Option rateGraceMs must be a whole number, 0 to 2147483647, got NaN'],
])('resolveGuardOptions refuses %j', (options, message) => {
  expect(() => resolveGuardOptions(options)).toThrow(new RangeError(message));
});

test.each([
  [{ idleTimeoutMs: '5' }, "Option idleTimeoutMs must be a number, got '5'"],
  [{ deny: '10.0.0.0/8' }, "Option deny must be an array of addresses, got '10.0.0.0/8'"],
  [7, 'The options of a guard must be an object, got 7'],
])('resolveGuardOptions refuses %j as misuse', (options, message) => {
  expect(() => resolveGuardOptions(options as GuardOptions)).toThrow(new TypeError(message));
});

test('resolveGuardOptions names an unknown option and those that are allowed', () => {
  expect(() => resolveGuardOptions({ idleTimeout: 5 } as GuardOptions)).toThrow(
    /^Unknown option idleTimeout: did you mean idleTimeoutMs\? Allowed are allow, deny, /,
  );
});
