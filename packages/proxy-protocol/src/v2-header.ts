import { crc32c } from './crc32c.ts';
import { decodeTlvs, splitTlvs } from './decode-tlvs.ts';
import { InvalidProxyHeaderError } from './errors.ts';
import { formatAddress } from './ip-address.ts';
import {
  type ProxyAddresses,
  type ProxyHeader,
  UNIX_PATH_BYTES,
  V2_FIXED_BYTES,
} from './proxy-header.ts';
import { type RawTlv, TLV_TYPES } from './proxy-tlvs.ts';

/** What a byte of a version 2 header says about the addresses that follow. */
export interface V2Protocol {
  readonly family: ProxyAddresses['family'];
  readonly transport: ProxyHeader['transport'];
  /** How many bytes the two addresses and ports take. */
  readonly addressBytes: number;
}

/** The byte for each kind of connection (section 2.2 of the specification); others are invalid. */
export const V2_PROTOCOLS: ReadonlyMap<number, V2Protocol> = new Map([
  [0x00, { family: 'unknown', transport: 'unknown', addressBytes: 0 }],
  [0x11, { family: 'IPv4', transport: 'stream', addressBytes: 12 }],
  [0x12, { family: 'IPv4', transport: 'datagram', addressBytes: 12 }],
  [0x21, { family: 'IPv6', transport: 'stream', addressBytes: 36 }],
  [0x22, { family: 'IPv6', transport: 'datagram', addressBytes: 36 }],
  [0x31, { family: 'unix', transport: 'stream', addressBytes: 2 * UNIX_PATH_BYTES }],
  [0x32, { family: 'unix', transport: 'datagram', addressBytes: 2 * UNIX_PATH_BYTES }],
] as const);

const UNKNOWN: V2Protocol = { family: 'unknown', transport: 'unknown', addressBytes: 0 };
const COMMANDS = ['local', 'proxy'] as const;

/**
 * Checks the byte with the version and the command.
 *
 * @param byte the 13th byte
 * @throws {InvalidProxyHeaderError} when it is neither 0x20 nor 0x21
 */
export function v2Command(byte: number): 'local' | 'proxy' {
  const command = COMMANDS[byte - 0x20];
  if (command === undefined) {
    throw new InvalidProxyHeaderError(
      `its 13th byte must be 0x20 (LOCAL) or 0x21 (PROXY), got ${hex(byte)}`,
    );
  }
  return command;
}

/**
 * Checks the byte with the family and the transport.
 *
 * @param command with `'local'` the byte is to be ignored, as the specification says
 * @param byte the 14th byte
 * @throws {InvalidProxyHeaderError} when the specification does not have it
 */
export function v2Protocol(command: 'local' | 'proxy', byte: number): V2Protocol {
  if (command === 'local') return UNKNOWN;
  const protocol = V2_PROTOCOLS.get(byte);
  if (protocol === undefined) {
    const known = [...V2_PROTOCOLS.keys()].map(hex).join(', ');
    throw new InvalidProxyHeaderError(`its 14th byte must be one of ${known}, got ${hex(byte)}`);
  }
  return protocol;
}

/**
 * Reads a whole version 2 header (section 2.2 of the specification).
 *
 * @param bytes exactly the header
 * @throws {InvalidProxyHeaderError} when it is not well formed or its checksum is wrong
 */
export function parseV2(bytes: Buffer): ProxyHeader {
  const command = v2Command(bytes.readUInt8(12));
  const byte = bytes.readUInt8(13);
  const protocol = v2Protocol(command, byte);
  const content = bytes.subarray(V2_FIXED_BYTES);
  if (content.length < protocol.addressBytes) {
    throw new InvalidProxyHeaderError(
      `its addresses (${hex(byte)}) take ${protocol.addressBytes} bytes, but its length is ${content.length}`,
    );
  }
  const found = findTlvs(protocol, byte, content);
  const header = {
    version: 2,
    command,
    transport: protocol.transport,
    checksummed: verifyChecksum(bytes, found),
    tlvs: decodeTlvs(found),
    headerBytes: bytes.length,
  } as const;
  return { ...header, ...readAddresses(protocol, content) };
}

function findTlvs(protocol: V2Protocol, byte: number, content: Buffer): RawTlv[] {
  const found = splitTlvs(content.subarray(protocol.addressBytes));
  if (protocol.family === 'unknown') {
    // Whatever follows is to be skipped, but a sender of nothing but extensions is understood.
    return (byte === 0x00 ? found : undefined) ?? [];
  }
  if (found === undefined) throw new InvalidProxyHeaderError('its last extension is cut short');
  return found;
}

function verifyChecksum(bytes: Buffer, found: readonly RawTlv[]): boolean {
  const checksum = found.find(({ type }) => type === TLV_TYPES.crc32c)?.value;
  if (checksum === undefined) return false;
  if (checksum.length !== 4) {
    throw new InvalidProxyHeaderError(`its checksum must have 4 bytes, got ${checksum.length}`);
  }
  const zeroed = Buffer.from(bytes);
  const at = checksum.byteOffset - bytes.byteOffset;
  zeroed.fill(0, at, at + 4);
  const expected = crc32c(zeroed);
  const actual = checksum.readUInt32BE(0);
  if (actual !== expected) {
    throw new InvalidProxyHeaderError(
      `its checksum is ${hex(actual)}, but that of its bytes is ${hex(expected)}`,
    );
  }
  return true;
}

function readAddresses({ family, addressBytes }: V2Protocol, content: Buffer): ProxyAddresses {
  if (family === 'unknown') return { family };
  if (family === 'unix') {
    return {
      family,
      source: { path: readPath(content.subarray(0, UNIX_PATH_BYTES)) },
      destination: { path: readPath(content.subarray(UNIX_PATH_BYTES, 2 * UNIX_PATH_BYTES)) },
    };
  }
  const size = addressBytes / 2 - 2;
  const ports = 2 * size;
  return {
    family,
    source: {
      address: formatAddress(content.subarray(0, size)),
      port: content.readUInt16BE(ports),
    },
    destination: {
      address: formatAddress(content.subarray(size, ports)),
      port: content.readUInt16BE(ports + 2),
    },
  };
}

function readPath(bytes: Buffer): string {
  if (bytes[0] !== 0) {
    const end = bytes.indexOf(0);
    return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
  }
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.toString('utf8', 0, end);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}
