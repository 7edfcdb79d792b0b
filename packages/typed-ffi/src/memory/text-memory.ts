import { Buffer } from 'node:buffer';

/**
 * The size of a piece of memory that texts are cut from. Node's own pool is 16 times as
 * large: under a steady load of calls one piece outlives two scavenges, and with that
 * everything short of a full collection, so that resident memory grows by it.
 */
const PIECE_BYTES = 4096;

let piece = Buffer.alloc(0);
let usedBytes = 0;

function take(sizeBytes: number): Buffer {
  // A long text would waste what is left of a piece.
  if (sizeBytes > PIECE_BYTES / 4) return Buffer.allocUnsafeSlow(sizeBytes);
  if (piece.length - usedBytes < sizeBytes) {
    piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    usedBytes = 0;
  }
  usedBytes += sizeBytes;
  return piece.subarray(usedBytes - sizeBytes, usedBytes);
}

/** Returns a text as UTF-8 with a NUL, in memory that nothing else uses as long as it lives. */
export function textWithNul(text: string): Uint8Array {
  const bytes = take(Buffer.byteLength(text, 'utf8') + 1);
  bytes[bytes.write(text, 'utf8')] = 0;
  return bytes;
}
