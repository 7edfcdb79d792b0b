import { BlockList, isIP } from 'node:net';
import { describeValue } from '@sockpool/option-checks';

type Family = 'ipv4' | 'ipv6';

/**
 * Builds a list of addresses. Each entry is an address (`192.0.2.1`), a subnet
 * (`10.0.0.0/8`, `2001:db8::/32`) or a range with both ends (`192.0.2.1-192.0.2.9`).
 *
 * @param option the name of the option, for messages
 * @param entries the list
 * @throws {TypeError} when it is not an array of such strings
 */
export function createAddressList(option: string, entries: readonly string[]): BlockList {
  if (!Array.isArray(entries)) {
    throw new TypeError(
      `Option ${option} must be an array of addresses, got ${describeValue(entries)}`,
    );
  }
  const list = new BlockList();
  for (const entry of entries as readonly unknown[]) {
    if (typeof entry !== 'string' || !addEntry(list, entry)) {
      throw new TypeError(
        `Option ${option} must hold addresses, subnets such as '10.0.0.0/8' or ranges such as ` +
          `'192.0.2.1-192.0.2.9', got ${describeValue(entry)}`,
      );
    }
  }
  return list;
}

/**
 * Tells whether an address is on a list.
 *
 * @param list from {@link createAddressList}
 * @param address an IPv4 or IPv6 address; a zone (`%eth0`) is ignored
 */
export function isListed(list: BlockList, address: string): boolean {
  const [plain = ''] = address.split('%');
  const family = familyOf(plain);
  return family !== undefined && list.check(plain, family);
}

function addEntry(list: BlockList, entry: string): boolean {
  const [first = '', last, ...more] = entry.split('-');
  if (more.length > 0) return false;
  if (last !== undefined) return addRange(list, first, last);
  const [address = '', prefix, ...rest] = entry.split('/');
  const family = familyOf(address);
  if (family === undefined || rest.length > 0) return false;
  if (prefix === undefined) {
    list.addAddress(address, family);
    return true;
  }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 'ipv4' ? 32 : 128)) return false;
  list.addSubnet(address, Number(prefix), family);
  return true;
}

function addRange(list: BlockList, first: string, last: string): boolean {
  const family = familyOf(first);
  if (family === undefined || family !== familyOf(last)) return false;
  try {
    list.addRange(first, last, family);
  } catch (error) {
    // The range runs backwards.
    if ((error as NodeJS.ErrnoException).code === 'ERR_INVALID_ARG_VALUE') return false;
    throw error;
  }
  return true;
}

function familyOf(address: string): Family | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? 'ipv4' : 'ipv6';
}
