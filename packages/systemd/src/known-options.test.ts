import { expect, test } from 'vitest';
import { listenFds } from './listen-fds.ts';
import { notifyPool } from './notify-pool.ts';
import { sdNotify } from './sd-notify.ts';

test('every function names an unknown option, the nearest one, and those that there are', async () => {
  expect(() => listenFds({ keepEnviroment: true } as object)).toThrow(
    new TypeError(
      'Unknown option keepEnviroment of listenFds(): did you mean keepEnvironment? Allowed are keepEnvironment, environment',
    ),
  );
  expect(() => notifyPool(undefined as never, { onErr: undefined } as object)).toThrow(
    new TypeError(
      'Unknown option onErr of notifyPool(): did you mean onError? Allowed are environment, command, onError',
    ),
  );
  await expect(sdNotify({ READY: 1 }, { toString: 1 } as object)).rejects.toThrow(
    new TypeError('Unknown option toString of sdNotify(): allowed are environment, command'),
  );
});
