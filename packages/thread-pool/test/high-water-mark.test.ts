import { handlerUrl } from '@sockpool/pool-compliance';
import { ThreadPool } from '@sockpool/thread-pool';
import { expect, test } from 'vitest';

const make = (): ThreadPool =>
  new ThreadPool({ handler: handlerUrl('commands'), connection: { highWaterMarkBytes: 4_321 } });

test('ThreadPool refuses a high water mark, which a socket loses when it is moved', () => {
  expect(make).toThrow(
    expect.objectContaining({
      code: 'ERR_SOCKET_TRANSFER_UNSUPPORTED',
      message: expect.stringMatching(
        /^Cannot make a ThreadPool with accept 'primary' with connection\.highWaterMarkBytes 4321: .*use accept 'worker'/,
      ),
    }),
  );
});
