import { isAscii } from 'node:buffer';
import { stripTrailingSpace } from '../framing/strip-trailing-space.ts';

/**
 * Returns the raw replies to a chunk that is cut every `receiveBytes` bytes, all
 * in one go, or `undefined` when it is not all ASCII and must be taken piece by piece.
 *
 * The upper case of ASCII has the same length, so the chunk is upper-cased whole
 * and closed up where a piece ends with blanks.
 */
export function bulkRawReplies(chunk: Buffer, receiveBytes: number): Buffer | undefined {
  if (!isAscii(chunk)) return undefined;
  const replies = Buffer.from(chunk.toString('latin1').toUpperCase(), 'latin1');
  let length = 0;
  let kept = 0;
  for (let start = 0; start < chunk.length; start += receiveBytes) {
    const cut = Math.min(start + receiveBytes, chunk.length);
    const end = stripTrailingSpace(chunk, start, cut);
    if (end === cut && cut < chunk.length) continue;
    if (length !== kept) replies.copyWithin(length, kept, end);
    length += end - kept;
    kept = cut;
  }
  return replies.subarray(0, length);
}
