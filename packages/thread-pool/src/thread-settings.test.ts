import { SHARE_ENV } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { resolveThreadSettings, type ThreadSettings } from './thread-settings.ts';

const NONE: ThreadSettings = {
  resourceLimits: undefined,
  env: undefined,
  execArgv: undefined,
  workerName: undefined,
};
const resolve = (settings: object): ThreadSettings =>
  resolveThreadSettings({ ...NONE, ...settings });

test.each([
  [
    { execArgv: ['--max-old-space-size=512'] },
    'Option execArgv cannot have --max-old-space-size=512: it limits the whole process, not a ' +
      'thread; write resourceLimits: { maxOldGenerationSizeMb: 512 } instead',
  ],
  [
    { execArgv: ['--no-warnings', '--max_semi_space_size=16'] },
    'Option execArgv cannot have --max_semi_space_size=16: it limits the whole process, not a ' +
      'thread; write resourceLimits: { maxYoungGenerationSizeMb: 16 } instead',
  ],
  [
    { resourceLimits: { maxOldGenerationSizeMB: 1 } },
    'Unknown option resourceLimits.maxOldGenerationSizeMB: did you mean resourceLimits.maxOldGenerationSizeMb? ' +
      'Allowed are maxOldGenerationSizeMb, maxYoungGenerationSizeMb, codeRangeSizeMb, stackSizeMb',
  ],
  [
    { resourceLimits: { stackSizeMb: '4' } },
    "Option resourceLimits.stackSizeMb must be a number of megabytes, got '4'",
  ],
  [{ workerName: 'web' }, "Option workerName must be a function, got 'web'"],
])('resolveThreadSettings refuses %j, and says what to write', (settings, message) => {
  expect(() => resolve(settings)).toThrow(new TypeError(message));
});

test('resolveThreadSettings refuses a limit of 0, and takes what Node takes', () => {
  expect(() => resolve({ resourceLimits: { stackSizeMb: 0 } })).toThrow(RangeError);
  const settings = {
    resourceLimits: { maxOldGenerationSizeMb: 64 },
    env: SHARE_ENV,
    execArgv: ['--no-warnings'],
  };
  expect(resolve(settings)).toEqual({ ...NONE, ...settings });
});
