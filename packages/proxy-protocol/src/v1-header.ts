import { InvalidProxyHeaderError } from './errors.ts';
import { formatAddress, parseAddress } from './ip-address.ts';
import type { InetEndpoint, ProxyAddresses, ProxyHeader } from './proxy-header.ts';

const PORT = /^(?:0|[1-9]\d{0,4})$/;
const FAMILIES = new Map<string | undefined, 'IPv4' | 'IPv6'>([
  ['TCP4', 'IPv4'],
  ['TCP6', 'IPv6'],
]);

/**
 * Reads a whole version 1 header (section 2.1 of the specification).
 *
 * @param bytes from `PROXY ` up to and including the CRLF
 * @throws {InvalidProxyHeaderError} when it is not well formed
 */
export function parseV1(bytes: Buffer): ProxyHeader {
  const line = bytes.toString('latin1', 0, bytes.length - 2);
  const rest = { version: 1, command: 'proxy', tlvs: {}, checksummed: false } as const;
  const headerBytes = bytes.length;
  const [, name, ...fields] = line.split(' ');
  if (name === 'UNKNOWN') {
    return { ...rest, family: 'unknown', transport: 'unknown', headerBytes };
  }
  const family = FAMILIES.get(name);
  if (family === undefined) {
    throw new InvalidProxyHeaderError(
      `its family must be TCP4, TCP6 or UNKNOWN, got ${JSON.stringify(name)}`,
    );
  }
  if (fields.length !== 4) {
    throw new InvalidProxyHeaderError(
      `two addresses and two ports must follow its family, got ${JSON.stringify(fields.join(' '))}`,
    );
  }
  const [source, destination, sourcePort, destinationPort] = fields;
  return {
    ...rest,
    family,
    transport: 'stream',
    source: endpoint('source', family, source, sourcePort),
    destination: endpoint('destination', family, destination, destinationPort),
    headerBytes,
  };
}

/**
 * Writes a version 1 header.
 *
 * @param addresses what to say; `unknown` is written in its short form
 */
export function formatV1(addresses: Exclude<ProxyAddresses, { family: 'unix' }>): Buffer {
  if (addresses.family === 'unknown') return Buffer.from('PROXY UNKNOWN\r\n');
  const { family, source, destination } = addresses;
  const name = family === 'IPv4' ? 'TCP4' : 'TCP6';
  return Buffer.from(
    `PROXY ${name} ${source.address} ${destination.address} ${source.port} ${destination.port}\r\n`,
  );
}

function endpoint(
  which: string,
  family: 'IPv4' | 'IPv6',
  address: string | undefined,
  port: string | undefined,
): InetEndpoint {
  const parsed = parseAddress(address ?? '');
  if (parsed === undefined || parsed.length !== (family === 'IPv4' ? 4 : 16)) {
    throw new InvalidProxyHeaderError(
      `its ${which} must be an ${family} address, got ${JSON.stringify(address)}`,
    );
  }
  if (port === undefined || !PORT.test(port) || Number(port) > 65_535) {
    throw new InvalidProxyHeaderError(
      `its ${which} port must be 0 to 65535 without leading zeroes, got ${JSON.stringify(port)}`,
    );
  }
  return { address: formatAddress(parsed), port: Number(port) };
}
