import { isUtf8 } from 'node:buffer';

/** What a frame is (RFC 6455, section 5.2). */
const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The longest payload of a control frame, in bytes. */
const MAX_CONTROL_BYTES = 125;

/** Up to here a length is in the second byte; these two say that it is in the next 2 or 8. */
const LENGTH_16 = 126;
const LENGTH_64 = 127;

const EMPTY = Buffer.alloc(0);

function frameHead(opcode: number, length: number, maskBit: 0 | 0x80): Buffer {
  const first = 0x80 | opcode;
  if (length < LENGTH_16) return Buffer.of(first, maskBit | length);
  if (length <= 0xffff) return Buffer.of(first, maskBit | LENGTH_16, length >>> 8, length & 0xff);
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = maskBit | LENGTH_64;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** Returns the frame of a client, masked by the key, as every frame of a client must be. */
function clientFrame(opcode: number, payload: Uint8Array, key: Uint8Array): Buffer {
  const masked = Buffer.from(payload);
  for (let index = 0; index < masked.length; index += 1) {
    masked[index] = (masked[index] ?? 0) ^ (key[index % 4] ?? 0);
  }
  return Buffer.concat([frameHead(opcode, payload.length, 0x80), key, masked]);
}

/** Returns a message as one frame of a client. */
export function encodeMessageFrame(message: Uint8Array, binary: boolean, key: Uint8Array): Buffer {
  return clientFrame(binary ? OPCODE.binary : OPCODE.text, message, key);
}

/** Returns the frame in which a server sends a message, if it sends it in one piece. */
export function serverMessageFrame(message: Uint8Array, binary: boolean): Buffer {
  return Buffer.concat([
    frameHead(binary ? OPCODE.binary : OPCODE.text, message.length, 0),
    message,
  ]);
}

/** Returns the frame by which a client ends a connection. */
export function encodeCloseFrame(code: number, key: Uint8Array): Buffer {
  return clientFrame(OPCODE.close, Buffer.of(code >>> 8, code & 0xff), key);
}

/** Returns the answer to a ping. */
function encodePongFrame(payload: Uint8Array, key: Uint8Array): Buffer {
  return clientFrame(OPCODE.pong, payload, key);
}

/**
 * Cuts the bytes that a server sends into messages: puts fragments together, answers pings, and
 * takes note of the close frame.
 */
export class WebSocketDecoder {
  readonly #maxBytes: number;
  readonly #key: Uint8Array;
  readonly #write: (bytes: Buffer) => void;
  #rest: Buffer = EMPTY;
  #fragments: Buffer[] = [];
  #fragmentBytes = 0;
  #opcode: number | null = null;
  #closing = false;
  #broken: Error | undefined;

  /**
   * Creates a decoder of messages up to `maxBytes`; what it answers goes to `write`, masked by the
   * key.
   */
  constructor(maxBytes: number, key: Uint8Array, write: (bytes: Buffer) => void) {
    this.#maxBytes = maxBytes;
    this.#key = key;
    this.#write = write;
  }

  /** Whether the server has sent its close frame. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Whether a part of a message has come. */
  get partial(): boolean {
    return this.#rest.length > 0 || this.#opcode !== null;
  }

  /** The bytes of it, or those that broke the rules. */
  get pending(): Buffer {
    return this.#rest;
  }

  /** Whether it may be a ping, or the end: always. */
  get unasked(): boolean {
    return true;
  }

  /** Why bytes behind the last messages break the rules. */
  get broken(): Error | undefined {
    return this.#broken;
  }

  /**
   * Takes the next bytes and returns the messages that are now whole.
   *
   * @throws {Error} when they break the rules of WebSocket, and none came whole before
   */
  push(chunk: Buffer): readonly Uint8Array[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: Buffer[] = [];
    try {
      while (!this.#closing && this.#broken === undefined) {
        const frame = this.#takeFrame();
        if (frame === null) break;
        const message = frame.opcode >= OPCODE.close ? this.#control(frame) : this.#data(frame);
        if (message !== null) messages.push(message);
      }
    } catch (error) {
      if (messages.length === 0) throw error;
      this.#broken = error as Error;
    }
    return messages;
  }

  #takeFrame(): { opcode: number; final: boolean; payload: Buffer } | null {
    const bytes = this.#rest;
    if (bytes.length < 2) return null;
    const [first = 0, second = 0] = bytes;
    if ((first & 0x70) !== 0) throw new Error('a frame uses an extension that was not agreed on');
    if ((second & 0x80) !== 0) throw new Error('a frame of the server is masked');
    let length = second & 0x7f;
    let start = 2;
    if (length === LENGTH_16) {
      if (bytes.length < 4) return null;
      length = bytes.readUInt16BE(2);
      start = 4;
    } else if (length === LENGTH_64) {
      if (bytes.length < 10) return null;
      length = Number(bytes.readBigUInt64BE(2));
      start = 10;
    }
    if (length + this.#fragmentBytes > this.#maxBytes) {
      throw new Error(`a message has more than ${this.#maxBytes} bytes`);
    }
    if (bytes.length < start + length) return null;
    this.#rest = bytes.subarray(start + length);
    return {
      opcode: first & 0x0f,
      final: (first & 0x80) !== 0,
      payload: bytes.subarray(start, start + length),
    };
  }

  #control({ opcode, final, payload }: { opcode: number; final: boolean; payload: Buffer }): null {
    if (!final || payload.length > MAX_CONTROL_BYTES)
      throw new Error('a control frame is too long');
    if (opcode === OPCODE.ping) this.#write(encodePongFrame(payload, this.#key));
    else if (opcode === OPCODE.close) this.#closing = true;
    else if (opcode !== OPCODE.pong) throw new Error(`a frame has the unknown opcode ${opcode}`);
    return null;
  }

  #data({
    opcode,
    final,
    payload,
  }: {
    opcode: number;
    final: boolean;
    payload: Buffer;
  }): Buffer | null {
    if (opcode > OPCODE.binary) throw new Error(`a frame has the unknown opcode ${opcode}`);
    if ((opcode === OPCODE.continuation) !== (this.#opcode !== null)) {
      throw new Error('a fragment does not fit the message before it');
    }
    this.#opcode ??= opcode;
    this.#fragments.push(payload);
    this.#fragmentBytes += payload.length;
    if (!final) return null;
    const message =
      this.#fragments.length === 1 ? payload : Buffer.concat(this.#fragments, this.#fragmentBytes);
    if (this.#opcode === OPCODE.text && !isUtf8(message)) {
      throw new Error('a text message is not UTF-8');
    }
    this.#opcode = null;
    this.#fragments = [];
    this.#fragmentBytes = 0;
    return message;
  }
}
