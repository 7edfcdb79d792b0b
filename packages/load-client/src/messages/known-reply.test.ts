import { describe, expect, test } from 'vitest';
import { KnownReply } from './known-reply.ts';

const SIZES = [0, 1, 3, 4, 5, 63, 64, 511, 512, 513, 1000];

/** Bytes that differ from their neighbors. */
const bytesOf = (size: number): Buffer =>
  Buffer.from(Array.from({ length: size }, (_, index) => index % 251));

/** A buffer as sockets read into, with what came before behind the bytes. */
function read(bytes: Buffer, offset: number): Uint8Array {
  const buffer = new Uint8Array(new ArrayBuffer(2048), offset, 1500).fill(0xaa);
  buffer.set(bytes);
  return buffer;
}

describe('KnownReply', () => {
  test.each(SIZES)('%i bytes equal themselves, wherever they are', (size) => {
    const wire = bytesOf(size);
    const known = new KnownReply(wire, wire, null);
    for (const offset of [0, 1, 2, 3, 4]) expect(known.equals(read(wire, offset), size)).toBe(true);
  });

  test.each(SIZES)('%i bytes equal no others, and no other number', (size) => {
    const wire = bytesOf(size);
    const known = new KnownReply(wire, wire, null);
    const wrong = [0, 1].flatMap((offset) =>
      Array.from({ length: size }, (_, position) => {
        const buffer = read(wire, offset);
        buffer[position] = (buffer[position] ?? 0) ^ 0x80;
        return known.equals(buffer, size);
      }),
    );
    expect(wrong).not.toContain(true);
    expect(known.equals(read(wire, 0), size + 1)).toBe(false);
    if (size > 0) expect(known.equals(read(wire, 0), size - 1)).toBe(false);
  });

  test('what was read into the same buffer later counts', () => {
    const known = new KnownReply(Buffer.from('right'), Buffer.from('right'), 200);
    const buffer = read(Buffer.from('right'), 0);
    expect(known.equals(buffer, 5)).toBe(true);
    buffer.set(Buffer.from('wrong'));
    expect(known.equals(buffer, 5)).toBe(false);
  });
});
