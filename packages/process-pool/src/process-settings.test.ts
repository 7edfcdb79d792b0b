import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { resolveProcessSettings } from './process-settings.ts';
import { resolveUpgradeOptions } from './process-pool-options.ts';

test.each([
  ['./no-such-folder', "Option cwd must be the path of a folder, got './no-such-folder'"],
  [
    fileURLToPath(import.meta.url),
    `Option cwd must be the path of a folder, got '${fileURLToPath(import.meta.url)}'`,
  ],
  [7, "Option cwd must be the path of a folder, got '7'"],
])('resolveProcessSettings refuses the folder %s', (cwd, message) => {
  const settings = { env: undefined, execArgv: undefined, cwd: cwd as string };
  expect(() => resolveProcessSettings(settings)).toThrow(new TypeError(message));
});

test('resolveProcessSettings takes this process as it is', () => {
  const settings = { env: process.env, execArgv: process.execArgv, cwd: process.cwd() };
  expect(resolveProcessSettings(settings)).toEqual(settings);
});

test('resolveUpgradeOptions names the nearest option', () => {
  expect(() => resolveUpgradeOptions({ timeout: 5 } as object)).toThrow(
    new TypeError(
      'Unknown option timeout of upgrade(): did you mean timeoutMs? Allowed are timeoutMs, graceMs',
    ),
  );
  expect(resolveUpgradeOptions({})).toEqual({ timeoutMs: 60_000, graceMs: undefined });
});
