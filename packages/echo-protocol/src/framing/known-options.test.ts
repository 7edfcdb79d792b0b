import { expect, test } from 'vitest';
import { createDecoder } from './decoder.ts';
import { createEchoHandler } from '../echo/echo-handler.ts';
import { createReplyDecoder } from './reply-decoder.ts';

test('every function names an unknown option, the nearest one, and those that there are', () => {
  expect(() => createEchoHandler({ framin: 'line' } as object)).toThrow(
    new TypeError(
      'Unknown option framin: did you mean framing? Allowed are framing, maxMessageBytes, ' +
        'lingerMs, onMessage, onError, onClose',
    ),
  );
  expect(() => createEchoHandler({ toString: 1 } as object)).toThrow(
    /^Unknown option toString: allowed are framing, /,
  );
  expect(() => createEchoHandler(null as never)).toThrow(
    /^Options of an echo handler must be an object, such as/,
  );
  for (const create of [createDecoder, createReplyDecoder]) {
    expect(() => create('line', { maxMessageByte: 1 } as object)).toThrow(
      new TypeError(
        'Unknown option maxMessageByte: did you mean maxMessageBytes? Allowed are maxMessageBytes',
      ),
    );
  }
});
