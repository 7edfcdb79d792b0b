import { BlockList, isIP, isIPv6, type Socket } from 'node:net';
import { describeValue } from '@sockpool/option-checks';

/**
 * Which peers may say who their client is: a `net.BlockList`, or a list of addresses
 * (`'192.0.2.1'`), networks (`'10.0.0.0/8'`, `'fd00::/8'`) and `'unix'` for every peer of a
 * unix-domain socket.
 */
export type TrustedSources = BlockList | readonly string[];

/** Tells whether the peer of a socket is trusted. */
export type IsTrusted = (socket: Socket) => boolean;

/**
 * Makes the test for a list of sources.
 *
 * @param trusted the list
 * @param prefix stands before the option's name in messages
 * @throws {TypeError} when it is neither a list nor a `net.BlockList`, or an entry is no address
 *   or network
 */
export function trustedSources(trusted: TrustedSources, prefix: string = ''): IsTrusted {
  const { list, unix } = readSources(trusted, prefix);
  return (socket) => {
    const { remoteAddress } = socket;
    // A unix-domain socket has no address at either end; one of TCP that was reset keeps its own.
    if (remoteAddress === undefined) return unix && socket.localAddress === undefined;
    // A link-local peer's address names the interface, which the list does not know.
    const [address = ''] = remoteAddress.split('%');
    return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  };
}

function readSources(trusted: TrustedSources, prefix: string): { list: BlockList; unix: boolean } {
  if (BlockList.isBlockList(trusted)) return { list: trusted as BlockList, unix: false };
  if (!Array.isArray(trusted)) {
    throw new TypeError(
      `Option ${prefix}trusted must be a net.BlockList or a list such as ['10.0.0.0/8'], got ${describeValue(trusted)}`,
    );
  }
  const list = new BlockList();
  for (const entry of trusted as readonly unknown[]) {
    if (entry !== 'unix') addSource(list, entry, prefix);
  }
  return { list, unix: trusted.includes('unix') };
}

function addSource(list: BlockList, entry: unknown, optionPrefix: string): void {
  const [address = '', prefix, ...rest] = typeof entry === 'string' ? entry.split('/') : [];
  const version = address.includes('%') ? 0 : isIP(address);
  const bits = prefix === undefined ? undefined : Number(prefix);
  const wrong =
    version === 0 ||
    rest.length > 0 ||
    (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || Number(prefix) > maxBits(version)));
  if (wrong) {
    throw new TypeError(
      `Option ${optionPrefix}trusted must name addresses, networks such as '10.0.0.0/8', or 'unix', got ${describeValue(entry)}`,
    );
  }
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, bits, family);
}

function maxBits(version: number): number {
  return version === 4 ? 32 : 128;
}
