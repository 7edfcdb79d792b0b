import { isIPv4, SocketAddress } from 'node:net';

const IPV4_MAPPED = '::ffff:';

/**
 * Gives an address as lists and limits compare it: an IPv4 client of a dual-stack
 * listener (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2) as its IPv4 address.
 *
 * @param address what `socket.remoteAddress` gives
 */
export function clientAddress(address: string): string {
  if (!address.toLowerCase().startsWith(IPV4_MAPPED)) return address;
  const mapped = address.slice(IPV4_MAPPED.length);
  return isIPv4(mapped) ? mapped : address;
}

/**
 * Gives the key under which the connections of a client are counted: an IPv4 address
 * itself, and the leading bits of an IPv6 address.
 *
 * @param address the client's address, from {@link clientAddress}
 * @param ipv6PrefixBits how many leading bits of an IPv6 address make one client
 */
export function addressKey(address: string, ipv6PrefixBits: number): string {
  if (isIPv4(address)) return address;
  const [plain = ''] = address.split('%');
  const bits = [...groups(plain)]
    .map((group) => group.toString(2).padStart(16, '0'))
    .join('')
    .slice(0, ipv6PrefixBits);
  return `${BigInt(`0b${bits}`).toString(16)}/${ipv6PrefixBits}`;
}

/** The eight 16-bit groups of an IPv6 address. */
function groups(address: string): readonly number[] {
  // Brings any spelling, such as one that ends in dotted decimals, into the canonical one.
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  const [head = '', tail] = canonical.split('::');
  const left = words(head);
  if (tail === undefined) return left;
  const right = words(tail);
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

function words(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
