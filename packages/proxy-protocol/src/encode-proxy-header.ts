import {
  describeValue,
  requireInteger,
  requireKnownOptions,
  requireObject,
  requireOneOf,
} from '@sockpool/option-checks';
import { crc32c } from './crc32c.ts';
import { encodeTlvs } from './encode-tlvs.ts';
import { formatAddress, parseAddress } from './ip-address.ts';
import {
  type InetEndpoint,
  type ProxyAddresses,
  type ProxyHeader,
  UNIX_PATH_BYTES,
  type UnixEndpoint,
  V2_FIXED_BYTES,
  V2_MAX_BYTES,
  V2_SIGNATURE,
} from './proxy-header.ts';
import type { ProxyTlvs } from './proxy-tlvs.ts';
import { formatV1 } from './v1-header.ts';
import { V2_PROTOCOLS } from './v2-header.ts';

/** What a header is to say. A decoded {@link ProxyHeader} fits as well. */
export interface ProxyHeaderInput {
  /** Of the protocol. */
  readonly version: 1 | 2;
  /**
   * `'local'` for a connection of the sender's own, such as a health check; its addresses are
   * not sent. Version 2 only.
   * @default 'proxy'
   */
  readonly command?: 'proxy' | 'local';
  /** The client's end. Without both ends, the header says `UNKNOWN`. */
  readonly source?: InetEndpoint | UnixEndpoint | undefined;
  /** The end that the client connected to, of the same family. */
  readonly destination?: InetEndpoint | UnixEndpoint | undefined;
  /**
   * Of the forwarded connection. Version 1 knows only streams. Ignored where there are no ends.
   * @default 'stream'
   */
  readonly transport?: 'stream' | 'datagram' | 'unknown';
  /** Extensions. Version 2 only. */
  readonly tlvs?: ProxyTlvs;
  /**
   * Whether to add a checksum (CRC32C). Version 2 only.
   * @default false
   */
  readonly checksummed?: boolean;
}

/** What an input may have; what only a decoded header has is not sent. */
const INPUT_FIELDS: { readonly [Name in keyof ProxyHeaderInput | keyof ProxyHeader]-?: true } = {
  version: true,
  command: true,
  source: true,
  destination: true,
  transport: true,
  tlvs: true,
  checksummed: true,
  family: true,
  headerBytes: true,
};

/**
 * Writes a header, to be sent before the first byte of the connection, in one write.
 *
 * @param input what to say
 * @throws {TypeError} when a field is unknown or of the wrong kind, the ends are of two families, or version
 *   1 cannot say it (a unix-domain socket, a datagram, extensions, a checksum, `'local'`)
 * @throws {RangeError} when a port, a path or an extension does not fit
 */
export function encodeProxyHeader(input: ProxyHeaderInput): Buffer {
  requireObject('Header', input, '{ version: 2 }');
  requireKnownOptions(input, INPUT_FIELDS, { of: 'encodeProxyHeader()' });
  const { version, command = 'proxy', transport = 'stream', tlvs = {}, checksummed } = input;
  if (version !== 1 && version !== 2) {
    throw new TypeError(`Option version must be 1 or 2, got ${describeValue(version)}`);
  }
  requireOneOf('command', command, ['proxy', 'local']);
  const addresses = command === 'local' ? UNKNOWN : readAddresses(input);
  if (version === 2) return encodeV2(addresses, command, transport, tlvs, checksummed ?? false);
  const impossible =
    (command === 'local' && "the command 'local'") ||
    (addresses.family === 'unix' && 'unix-domain sockets') ||
    (addresses.family !== 'unknown' && transport !== 'stream' && `the transport '${transport}'`) ||
    (Object.keys(tlvs).length > 0 && 'extensions') ||
    (checksummed === true && 'a checksum');
  if (addresses.family === 'unix' || impossible !== false) {
    throw new TypeError(`Cannot write a version 1 header with ${impossible}: use version 2`);
  }
  return formatV1(addresses);
}

const UNKNOWN: ProxyAddresses = Object.freeze({ family: 'unknown' });

function encodeV2(
  addresses: ProxyAddresses,
  command: 'proxy' | 'local',
  transport: string,
  tlvs: ProxyTlvs,
  checksummed: boolean,
): Buffer {
  const { family } = addresses;
  const byte = [...V2_PROTOCOLS].find(
    ([, protocol]) =>
      protocol.family === family && (family === 'unknown' || protocol.transport === transport),
  )?.[0];
  if (byte === undefined) {
    throw new TypeError(
      `Option transport must be one of 'stream', 'datagram', got ${describeValue(transport)}`,
    );
  }
  const parts = [addressBytes(addresses), encodeTlvs(tlvs, checksummed)];
  const fixed = Buffer.alloc(V2_FIXED_BYTES);
  const header = Buffer.concat([fixed, ...parts]);
  if (header.length > V2_MAX_BYTES) {
    throw new RangeError(
      `Cannot write a header of ${header.length} bytes: at most ${V2_MAX_BYTES} are possible`,
    );
  }
  V2_SIGNATURE.copy(header);
  header.writeUInt8(command === 'local' ? 0x20 : 0x21, 12);
  header.writeUInt8(byte, 13);
  header.writeUInt16BE(header.length - V2_FIXED_BYTES, 14);
  // The checksum is the last extension, and still zero.
  if (checksummed) header.writeUInt32BE(crc32c(header), header.length - 4);
  return header;
}

function addressBytes(addresses: ProxyAddresses): Buffer {
  if (addresses.family === 'unknown') return Buffer.alloc(0);
  if (addresses.family === 'unix') {
    const paths = [addresses.source, addresses.destination].map(({ path }) => {
      const bytes = Buffer.alloc(UNIX_PATH_BYTES);
      bytes.write(path);
      return bytes;
    });
    return Buffer.concat(paths);
  }
  const { source, destination } = addresses;
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.port, 0);
  ports.writeUInt16BE(destination.port, 2);
  return Buffer.concat([inetBytes(source), inetBytes(destination), ports]);
}

function inetBytes({ address }: InetEndpoint): Buffer {
  const bytes = parseAddress(address);
  if (bytes === undefined) throw new TypeError(`'${address}' is not an IP address`);
  return bytes;
}

function readAddresses({ source, destination }: ProxyHeaderInput): ProxyAddresses {
  if (source === undefined && destination === undefined) return UNKNOWN;
  if (source === undefined || destination === undefined) {
    throw new TypeError('Options source and destination must be given both, or neither');
  }
  if ('path' in source && 'path' in destination) {
    checkPath('source', source);
    checkPath('destination', destination);
    return { family: 'unix', source, destination };
  }
  if ('path' in source || 'path' in destination) {
    throw new TypeError('Options source and destination must be of one family, got two');
  }
  const from = checkInet('source', source);
  const to = checkInet('destination', destination);
  if (from.family !== to.family) {
    throw new TypeError(
      `Options source and destination must be of one family, got ${from.family} and ${to.family}`,
    );
  }
  return { family: from.family, source: from.endpoint, destination: to.endpoint };
}

function checkPath(name: string, { path }: UnixEndpoint): void {
  if (typeof path !== 'string') {
    throw new TypeError(`Option ${name}.path must be a string, got ${describeValue(path)}`);
  }
  if (path.lastIndexOf('\0') > 0) {
    throw new RangeError(`Option ${name}.path must have no NUL but a first one, got '${path}'`);
  }
  if (Buffer.byteLength(path) > UNIX_PATH_BYTES) {
    throw new RangeError(
      `Option ${name}.path must have at most ${UNIX_PATH_BYTES} bytes, got ${Buffer.byteLength(path)}`,
    );
  }
}

function checkInet(
  name: string,
  { address, port }: InetEndpoint,
): { family: 'IPv4' | 'IPv6'; endpoint: InetEndpoint } {
  const bytes = typeof address === 'string' ? parseAddress(address) : undefined;
  if (bytes === undefined) {
    throw new TypeError(
      `Option ${name}.address must be an IP address, got ${describeValue(address)}`,
    );
  }
  requireInteger(`${name}.port`, port, { min: 0, max: 65_535 });
  const family = bytes.length === 4 ? 'IPv4' : 'IPv6';
  return { family, endpoint: { address: formatAddress(bytes), port } };
}
