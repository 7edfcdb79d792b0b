const MAX_EXCERPT_BYTES = 120;

/** Returns bytes as printable text for an example in a report: escaped, and cut when long. */
export function excerpt(bytes: Uint8Array): string {
  const cut = bytes.length > MAX_EXCERPT_BYTES;
  const text = Buffer.from(cut ? bytes.subarray(0, MAX_EXCERPT_BYTES) : bytes).toString('utf8');
  const quoted = JSON.stringify(text).slice(1, -1);
  return cut ? `${quoted}… (${bytes.length} bytes)` : quoted;
}
