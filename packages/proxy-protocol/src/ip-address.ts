import { isIPv4, isIPv6 } from 'node:net';

/**
 * Reads an IPv4 or IPv6 address.
 *
 * @param text the address; an IPv6 zone (`%eth0`) is not allowed
 * @returns its 4 or 16 bytes; undefined when the text is no address
 */
export function parseAddress(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = '', tail] = text.split('::');
  const before = groupBytes(head);
  const after = groupBytes(tail ?? '');
  return Buffer.concat([before, Buffer.alloc(16 - before.length - after.length), after]);
}

function groupBytes(groups: string): Buffer {
  if (groups === '') return Buffer.alloc(0);
  return Buffer.concat(
    groups.split(':').map((group) => {
      if (group.includes('.')) return Buffer.from(group.split('.').map(Number));
      return Buffer.from(group.padStart(4, '0'), 'hex');
    }),
  );
}

/**
 * Writes an address in its canonical form, as Node does for sockets.
 *
 * @param bytes 4 or 16 bytes
 */
export function formatAddress(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join('.')}`;
  }
  const { start, length } = longestZeroRun(groups);
  const text = groups.map((group) => group.toString(16));
  // A single zero group is not shortened (RFC 5952, section 4.2.2).
  if (length < 2) return text.join(':');
  return `${text.slice(0, start).join(':')}::${text.slice(start + length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  const longest = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > longest.length) {
      longest.start = start;
      longest.length = index + 1 - start;
    }
  }
  return longest;
}
