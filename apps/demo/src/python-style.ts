/** Writes an address as Python prints a peer's name: `('127.0.0.1', 44706)`. */
export function peerName(address: string | undefined, port: number | undefined): string {
  return `('${address}', ${port})`;
}

/** Writes bytes as Python prints them: `b'ARE YOU SURE'`. */
export function bytesLiteral(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte === 0x5c) text += '\\\\';
    else if (byte === 0x0a) text += '\\n';
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text.includes("'") && !text.includes('"')
    ? `b"${text}"`
    : `b'${text.replaceAll("'", "\\'")}'`;
}
