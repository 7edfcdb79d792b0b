/**
 * Counts the bytes at the end of `source[start, end)` that begin a UTF-8
 * character whose rest may still come: 0 to 3.
 *
 * Follows table 3-7 of the Unicode Standard (well-formed UTF-8 byte sequences),
 * so bytes that no continuation can complete, such as `E0 80` or `F5`, count 0.
 */
export function incompleteUtf8Bytes(source: Uint8Array, start: number, end: number): number {
  const first = Math.max(start, end - 3);
  for (let index = end - 1; index >= first; index--) {
    const byte = source[index]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const have = end - index;
    return have < sequenceBytes(byte) && secondByteFits(byte, have > 1 ? source[index + 1]! : -1)
      ? have
      : 0;
  }
  return 0;
}

/** Returns how long the sequence is that a lead byte starts; 0 for a byte that starts none. */
function sequenceBytes(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** Tells whether the second byte, -1 when it has not come, may follow the lead byte. */
function secondByteFits(lead: number, second: number): boolean {
  if (second === -1) return true;
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second <= 0x9f;
  if (lead === 0xf0) return second >= 0x90;
  if (lead === 0xf4) return second <= 0x8f;
  return true;
}
