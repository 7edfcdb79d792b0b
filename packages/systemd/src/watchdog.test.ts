import { expect, test } from 'vitest';
import { watchdogMs } from './watchdog.ts';

test('watchdogMs() gives the time that systemd wants, in milliseconds', () => {
  expect(watchdogMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: String(process.pid) })).toBe(30_000);
  expect(watchdogMs({ WATCHDOG_USEC: '1500' })).toBe(1.5);
});

test('watchdogMs() counts what was meant for the parent, but for no other process', () => {
  expect(watchdogMs({ WATCHDOG_USEC: '2000', WATCHDOG_PID: String(process.ppid) })).toBe(2);
  expect(watchdogMs({ WATCHDOG_USEC: '2000', WATCHDOG_PID: '1073741824' })).toBeUndefined();
});

test.each([{}, { WATCHDOG_USEC: '0' }, { WATCHDOG_USEC: '' }, { WATCHDOG_USEC: '1e6' }])(
  'watchdogMs(%o) wants nothing',
  (environment) => {
    expect(watchdogMs(environment)).toBeUndefined();
  },
);
