import { InvalidProxyHeaderError } from './errors.ts';
import {
  type ProxySsl,
  type ProxyTlvs,
  type RawTlv,
  SSL_FLAGS,
  SSL_TEXTS,
  TLV_TYPES,
  UNIQUE_ID_MAX_BYTES,
} from './proxy-tlvs.ts';

const SSL_FIXED_BYTES = 5;
const KNOWN = new Set<number>(Object.values(TLV_TYPES));

/**
 * Splits bytes into extensions.
 *
 * @param bytes nothing but extensions, one after the other
 * @returns views of the bytes; undefined when the last one is cut short
 */
export function splitTlvs(bytes: Buffer): RawTlv[] | undefined {
  const found: RawTlv[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 3 > bytes.length) return undefined;
    const end = at + 3 + bytes.readUInt16BE(at + 1);
    if (end > bytes.length) return undefined;
    found.push({ type: bytes.readUInt8(at), value: bytes.subarray(at + 3, end) });
    at = end;
  }
  return found;
}

/**
 * Reads the meaning of extensions. The checksum and padding are left out.
 *
 * @param found the extensions of a header
 * @throws {InvalidProxyHeaderError} when one is malformed, or one of a registered type comes twice
 */
export function decodeTlvs(found: readonly RawTlv[]): ProxyTlvs {
  const { alpn, authority, uniqueId, ssl, netns } = TLV_TYPES;
  const once = onlyOnce(found, KNOWN);
  const id = once.get(uniqueId);
  if (id !== undefined && id.length > UNIQUE_ID_MAX_BYTES) {
    throw new InvalidProxyHeaderError(
      `its unique id has ${id.length} bytes, and ${UNIQUE_ID_MAX_BYTES} are allowed`,
    );
  }
  const secure = once.get(ssl);
  const other = found.filter(({ type }) => !KNOWN.has(type));
  return {
    ...text('alpn', once.get(alpn), 'latin1'),
    ...text('authority', once.get(authority), 'utf8'),
    ...(id && { uniqueId: id }),
    ...(secure && { ssl: decodeSsl(secure) }),
    ...text('netns', once.get(netns), 'latin1'),
    ...(other.length > 0 && { other }),
  };
}

function decodeSsl(value: Buffer): ProxySsl {
  const found =
    value.length < SSL_FIXED_BYTES ? undefined : splitTlvs(value.subarray(SSL_FIXED_BYTES));
  if (found === undefined) {
    throw new InvalidProxyHeaderError('the extension about TLS (type 0x20) is cut short');
  }
  const flags = value.readUInt8(0);
  const known = new Set<number>(SSL_TEXTS.map(([, type]) => type));
  const once = onlyOnce(found, known);
  const other = found.filter(({ type }) => !known.has(type));
  return {
    tls: (flags & SSL_FLAGS.tls) !== 0,
    certificateOnConnection: (flags & SSL_FLAGS.certificateOnConnection) !== 0,
    certificateInSession: (flags & SSL_FLAGS.certificateInSession) !== 0,
    verifyResult: value.readUInt32BE(1),
    ...Object.assign(
      {},
      ...SSL_TEXTS.map(([name, type, encoding]) => text(name, once.get(type), encoding)),
    ),
    ...(other.length > 0 && { other }),
  };
}

function onlyOnce(found: readonly RawTlv[], known: ReadonlySet<number>): Map<number, Buffer> {
  const values = new Map<number, Buffer>();
  for (const { type, value } of found) {
    if (!known.has(type) || type === TLV_TYPES.noop) continue;
    if (values.has(type)) {
      throw new InvalidProxyHeaderError(`the extension of type 0x${type.toString(16)} comes twice`);
    }
    values.set(type, value);
  }
  return values;
}

function text<Name extends string>(
  name: Name,
  value: Buffer | undefined,
  encoding: 'latin1' | 'utf8',
): { readonly [Key in Name]?: string } {
  if (value === undefined) return {};
  return { [name]: value.toString(encoding) } as { readonly [Key in Name]: string };
}
