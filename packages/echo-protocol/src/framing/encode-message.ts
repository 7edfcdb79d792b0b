import { type Framing, MAX_MESSAGE_BYTES_LIMIT, requireFraming } from './framing.ts';
import { LENGTH_PREFIX_BYTES } from './length-prefixed-decoder.ts';

const CR = 13;
const LF = 10;

/**
 * Returns the bytes to send for one message. Text is encoded as UTF-8.
 *
 * In `raw` framing these are the bytes of the message themselves, not copied
 * when they are bytes already; the receiver takes them for one message only if
 * they arrive as one chunk.
 *
 * @throws {TypeError} when the framing is unknown, or the message neither text nor bytes
 * @throws {RangeError} when the framing cannot carry the message: an empty one in
 *   `raw`, one that contains `\n` or ends with `\r` in `line`, one over 256 MiB in any
 */
export function encodeMessage(framing: Framing, message: string | Uint8Array): Buffer {
  const known = requireFraming(framing);
  const payload = toBytes(message);
  if (payload.length > MAX_MESSAGE_BYTES_LIMIT) {
    throw new RangeError(
      `Cannot encode a message of ${payload.length} bytes: the largest has ${MAX_MESSAGE_BYTES_LIMIT} bytes`,
    );
  }
  switch (known) {
    case 'raw':
      if (payload.length > 0) return payload;
      throw new RangeError('Cannot encode an empty message in raw framing: it would send no byte');
    case 'line':
      return encodeLine(payload);
    case 'length-prefixed': {
      const encoded = Buffer.allocUnsafe(LENGTH_PREFIX_BYTES + payload.length);
      encoded.writeUInt32BE(payload.length, 0);
      encoded.set(payload, LENGTH_PREFIX_BYTES);
      return encoded;
    }
  }
}

function encodeLine(payload: Buffer): Buffer {
  const newline = payload.indexOf(LF);
  if (newline !== -1) {
    throw new RangeError(
      `Cannot encode a message with a newline at byte ${newline} in line framing: it would be two messages`,
    );
  }
  if (payload[payload.length - 1] === CR) {
    throw new RangeError(
      'Cannot encode a message that ends with a carriage return in line framing: it would be taken for part of the line ending',
    );
  }
  const encoded = Buffer.allocUnsafe(payload.length + 1);
  encoded.set(payload);
  encoded[payload.length] = LF;
  return encoded;
}

function toBytes(message: string | Uint8Array): Buffer {
  if (typeof message === 'string') return Buffer.from(message, 'utf8');
  if (message instanceof Uint8Array) {
    return Buffer.isBuffer(message)
      ? message
      : Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  }
  throw new TypeError(
    `Cannot encode a value of type ${typeof message}: a message must be a string or Uint8Array`,
  );
}
