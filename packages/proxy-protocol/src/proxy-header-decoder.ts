import { requireInteger, requireKnownOptions } from '@sockpool/option-checks';
import { InvalidProxyHeaderError } from './errors.ts';
import {
  type ProxyHeader,
  V1_MAX_BYTES,
  V1_PREFIX,
  V2_FIXED_BYTES,
  V2_MAX_BYTES,
  V2_SIGNATURE,
} from './proxy-header.ts';
import { parseV1 } from './v1-header.ts';
import { parseV2, v2Command, v2Protocol } from './v2-header.ts';

/** How a header is decoded. */
export interface ProxyHeaderDecoderOptions {
  /**
   * The most bytes of a version 2 header, with its extensions; 16 to 65,551. A longer one is
   * refused when its length is known, before any of it is kept. Version 1 always has at most 107.
   * @default 4_096
   */
  readonly maxHeaderBytes?: number;
}

/** The defaults of {@link ProxyHeaderDecoderOptions}. */
export const PROXY_HEADER_DECODER_DEFAULTS: Required<ProxyHeaderDecoderOptions> = Object.freeze({
  maxHeaderBytes: 4_096,
});

/** A header, and what came after it. */
export interface DecodedProxyHeader {
  readonly header: ProxyHeader;
  /** The bytes of the last chunk behind the header, as a view; empty when there are none. */
  readonly rest: Buffer;
}

/** Decodes one header from a stream of bytes. */
export interface ProxyHeaderDecoder {
  /** How many bytes of the header have come. */
  readonly receivedBytes: number;
  /**
   * Takes the next bytes of the stream. The result does not depend on how the bytes are split.
   * Wrong bytes are refused at the first one that no header can have at its place.
   *
   * @param chunk what came; never changed. The header keeps a copy, not the chunk
   * @returns the header when it is complete; undefined when more bytes are needed
   * @throws {InvalidProxyHeaderError} when the bytes are no header; again on every later call
   * @throws {TypeError} when the header was complete already, or the chunk is not bytes
   */
  push(chunk: Uint8Array): DecodedProxyHeader | undefined;
}

/**
 * Creates a decoder for one header of version 1 or 2, whichever comes. It holds at most
 * `maxHeaderBytes` and never looks at a byte behind the header.
 *
 * @param options the limit
 * @throws {TypeError} when an option is unknown or of the wrong kind
 * @throws {RangeError} when the limit is out of bounds
 */
export function createProxyHeaderDecoder(
  options: ProxyHeaderDecoderOptions = {},
): ProxyHeaderDecoder {
  requireKnownOptions(options, PROXY_HEADER_DECODER_DEFAULTS);
  return new IncrementalDecoder(
    requireInteger(
      'maxHeaderBytes',
      options.maxHeaderBytes ?? PROXY_HEADER_DECODER_DEFAULTS.maxHeaderBytes,
      { min: V2_FIXED_BYTES, max: V2_MAX_BYTES },
    ),
  );
}

class IncrementalDecoder implements ProxyHeaderDecoder {
  readonly #maxHeaderBytes: number;
  /** Grows once, when the length of a version 2 header is known. */
  #bytes: Buffer = Buffer.allocUnsafeSlow(V1_MAX_BYTES);
  #received = 0;
  #headerBytes: number | undefined;
  #failure: InvalidProxyHeaderError | undefined;
  #done = false;

  constructor(maxHeaderBytes: number) {
    this.#maxHeaderBytes = maxHeaderBytes;
  }

  get receivedBytes(): number {
    return this.#received;
  }

  push(chunk: Uint8Array): DecodedProxyHeader | undefined {
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError(`Cannot decode ${typeof chunk}: chunks must be a Uint8Array`);
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#done) throw new TypeError('Cannot decode more: the header was complete already');
    try {
      return this.#decode(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    } catch (error) {
      if (error instanceof InvalidProxyHeaderError) this.#failure = error;
      throw error;
    }
  }

  #decode(chunk: Buffer): DecodedProxyHeader | undefined {
    let at = 0;
    while (at < chunk.length && this.#received !== this.#headerBytes) {
      if (this.#headerBytes === undefined) this.#takeByte(chunk.readUInt8(at++));
      else at += this.#take(chunk.subarray(at), this.#headerBytes);
    }
    if (this.#received !== this.#headerBytes) return undefined;
    const bytes = this.#bytes.subarray(0, this.#received);
    const header = bytes[0] === V1_PREFIX[0] ? parseV1(bytes) : parseV2(bytes);
    this.#done = true;
    return { header, rest: chunk.subarray(at) };
  }

  /** Copies what is left of a header whose length is known. */
  #take(chunk: Buffer, headerBytes: number): number {
    const taken = chunk.copy(this.#bytes, this.#received, 0, headerBytes - this.#received);
    this.#received += taken;
    return taken;
  }

  #takeByte(byte: number): void {
    const at = this.#received;
    this.#bytes[at] = byte;
    if (this.#bytes[0] === V1_PREFIX[0]) this.#checkV1(at, byte);
    else this.#checkV2(at, byte);
    this.#received += 1;
  }

  #checkV1(at: number, byte: number): void {
    if (at < V1_PREFIX.length) requireByte(at, byte, V1_PREFIX);
    const afterCr = at > 0 && this.#bytes[at - 1] === 0x0d;
    if (afterCr !== (byte === 0x0a)) {
      throw new InvalidProxyHeaderError('its line must end with CR and LF, got one alone');
    }
    if (afterCr) this.#headerBytes = at + 1;
    else if (at + 1 === V1_MAX_BYTES) {
      throw new InvalidProxyHeaderError(`its line does not end within ${V1_MAX_BYTES} bytes`);
    }
  }

  #checkV2(at: number, byte: number): void {
    if (at < V2_SIGNATURE.length) requireByte(at, byte, V2_SIGNATURE);
    else if (at === 12) v2Command(byte);
    else if (at === 13) v2Protocol(v2Command(this.#bytes.readUInt8(12)), byte);
    else if (at === V2_FIXED_BYTES - 1) {
      const headerBytes = V2_FIXED_BYTES + this.#bytes.readUInt16BE(14);
      if (headerBytes > this.#maxHeaderBytes) {
        throw new InvalidProxyHeaderError(
          `it has ${headerBytes} bytes, and ${this.#maxHeaderBytes} are allowed (maxHeaderBytes)`,
        );
      }
      const bytes = Buffer.allocUnsafeSlow(headerBytes);
      this.#bytes.copy(bytes, 0, 0, V2_FIXED_BYTES);
      this.#bytes = bytes;
      this.#headerBytes = headerBytes;
    }
  }
}

function requireByte(at: number, byte: number, expected: Buffer): void {
  if (byte === expected[at]) return;
  throw new InvalidProxyHeaderError(
    `byte ${at} is 0x${byte.toString(16).padStart(2, '0')}, which begins neither version 1 nor version 2`,
  );
}
