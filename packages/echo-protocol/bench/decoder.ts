/**
 * Compares the decoders with the simplest thing that does the same, for messages
 * of several sizes in 64 KiB chunks: `readline`, and a `Buffer.concat()` loop.
 */
import readline from 'node:readline';
import { PassThrough } from 'node:stream';
import { createDecoder } from '../src/framing/decoder.ts';
import { encodeMessage } from '../src/framing/encode-message.ts';
import { compare } from './compare.ts';

const TOTAL_BYTES = 8 * 1_048_576;
const CHUNK_BYTES = 65_536;

function chunked(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, index) =>
    bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
}

function decode(framing: 'line' | 'length-prefixed', chunks: readonly Buffer[]): number {
  const decoder = createDecoder(framing);
  let messages = 0;
  for (const chunk of chunks) messages += decoder.push(chunk).length;
  return messages + decoder.end().length;
}

async function decodeByReadline(chunks: readonly Buffer[]): Promise<number> {
  const input = new PassThrough({ highWaterMark: 2 * TOTAL_BYTES });
  for (const chunk of chunks) input.write(chunk);
  input.end();
  let messages = 0;
  const lines = readline.createInterface({ input, crlfDelay: Infinity });
  lines.on('line', () => messages++);
  await new Promise((resolve) => lines.once('close', resolve));
  return messages;
}

function decodeByConcat(chunks: readonly Buffer[]): number {
  let pending = Buffer.alloc(0);
  const messages: Buffer[] = [];
  for (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32BE(0)) {
      const end = 4 + pending.readUInt32BE(0);
      messages.push(pending.subarray(4, end));
      pending = pending.subarray(end);
    }
  }
  return messages.length;
}

for (const size of [12, 100, 1_000, 500_000]) {
  const message = 'x'.repeat(size);
  for (const framing of ['line', 'length-prefixed'] as const) {
    const encoded = encodeMessage(framing, message);
    const count = Math.floor(TOTAL_BYTES / encoded.length);
    const chunks = chunked(Buffer.concat(Array.from({ length: count }, () => encoded)));
    await compare(`${framing}, ${size} byte messages`, {
      ours: () => decode(framing, chunks),
      peer: () => (framing === 'line' ? decodeByReadline(chunks) : decodeByConcat(chunks)),
      peerName: framing === 'line' ? 'readline' : 'Buffer.concat loop',
      expected: count,
      work: [(count * encoded.length) / 1e6, 'MB'],
    });
  }
}
