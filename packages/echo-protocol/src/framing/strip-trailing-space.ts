/** Tells whether Python's `bytes.rstrip()` removes the byte: `\t \n \v \f \r` and space. */
function isAsciiSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/**
 * Returns where `source[start, end)` ends without its trailing ASCII white space.
 *
 * It works on bytes, as Python's `bytes.rstrip()`: a trailing no-break space
 * (`U+00A0`) or other white space of Unicode stays.
 */
export function stripTrailingSpace(source: Uint8Array, start: number, end: number): number {
  let stripped = end;
  while (stripped > start && isAsciiSpace(source[stripped - 1]!)) stripped--;
  return stripped;
}
