import { requireInteger, requireKnownOptions, requireObject } from '@sockpool/option-checks';
import {
  type ProxySsl,
  type ProxyTlvs,
  type RawTlv,
  SSL_FLAGS,
  SSL_TEXTS,
  TLV_TYPES,
  UNIQUE_ID_MAX_BYTES,
} from './proxy-tlvs.ts';

const MAX_VALUE_BYTES = 65_535;

const TLV_NAMES: { readonly [Name in keyof ProxyTlvs]-?: true } = {
  alpn: true,
  authority: true,
  uniqueId: true,
  ssl: true,
  netns: true,
  other: true,
};

const SSL_NAMES: { readonly [Name in keyof ProxySsl]-?: true } = {
  tls: true,
  certificateOnConnection: true,
  certificateInSession: true,
  verifyResult: true,
  version: true,
  commonName: true,
  cipher: true,
  signatureAlgorithm: true,
  keyAlgorithm: true,
  other: true,
};

/**
 * Writes extensions one after the other.
 *
 * @param tlvs what to write
 * @param checksummed whether to end with an extension for the checksum, of zeroes
 * @throws {TypeError} when there is an unknown name, or a value of `other` is of the wrong kind
 * @throws {RangeError} when a value is too long, or `other` has a type of those with a name
 */
export function encodeTlvs(tlvs: ProxyTlvs, checksummed: boolean): Buffer {
  requireKnownOptions(requireObject('Option tlvs', tlvs), TLV_NAMES, { within: 'tlvs.' });
  const { alpn, authority, uniqueId, ssl, netns, other = [] } = tlvs;
  if (uniqueId !== undefined && uniqueId.length > UNIQUE_ID_MAX_BYTES) {
    throw new RangeError(
      `Option uniqueId must have at most ${UNIQUE_ID_MAX_BYTES} bytes, got ${uniqueId.length}`,
    );
  }
  requireUnnamed(other, Object.values(TLV_TYPES));
  return Buffer.concat([
    ...encodeText(TLV_TYPES.alpn, alpn, 'latin1'),
    ...encodeText(TLV_TYPES.authority, authority, 'utf8'),
    ...(uniqueId === undefined ? [] : [encodeTlv(TLV_TYPES.uniqueId, uniqueId)]),
    ...(ssl === undefined ? [] : [encodeTlv(TLV_TYPES.ssl, encodeSsl(ssl))]),
    ...encodeText(TLV_TYPES.netns, netns, 'latin1'),
    ...other.map(({ type, value }) => encodeTlv(type, value)),
    ...(checksummed ? [encodeTlv(TLV_TYPES.crc32c, Buffer.alloc(4))] : []),
  ]);
}

function encodeSsl(ssl: ProxySsl): Buffer {
  requireKnownOptions(requireObject('Option tlvs.ssl', ssl), SSL_NAMES, { within: 'tlvs.ssl.' });
  requireInteger('ssl.verifyResult', ssl.verifyResult, { min: 0, max: 2 ** 32 - 1 });
  const other = ssl.other ?? [];
  requireUnnamed(
    other,
    SSL_TEXTS.map(([, type]) => type),
  );
  const fixed = Buffer.alloc(5);
  fixed.writeUInt8(
    (ssl.tls ? SSL_FLAGS.tls : 0) |
      (ssl.certificateOnConnection ? SSL_FLAGS.certificateOnConnection : 0) |
      (ssl.certificateInSession ? SSL_FLAGS.certificateInSession : 0),
  );
  fixed.writeUInt32BE(ssl.verifyResult, 1);
  return Buffer.concat([
    fixed,
    ...SSL_TEXTS.flatMap(([name, type, encoding]) => encodeText(type, ssl[name], encoding)),
    ...other.map(({ type, value }) => encodeTlv(type, value)),
  ]);
}

function encodeText(type: number, text: string | undefined, encoding: 'latin1' | 'utf8'): Buffer[] {
  return text === undefined ? [] : [encodeTlv(type, Buffer.from(text, encoding))];
}

function encodeTlv(type: number, value: Buffer): Buffer {
  if (value.length > MAX_VALUE_BYTES) {
    throw new RangeError(
      `An extension must have at most ${MAX_VALUE_BYTES} bytes, got ${value.length}`,
    );
  }
  const head = Buffer.alloc(3);
  head.writeUInt8(type);
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
}

function requireUnnamed(other: readonly RawTlv[], named: readonly number[]): void {
  for (const { type } of other) {
    requireInteger('other.type', type, { min: 0, max: 255 });
    if (!named.includes(type)) continue;
    throw new RangeError(
      `Option other must not have the type 0x${type.toString(16)}: it has an option of its own, or is padding`,
    );
  }
}
