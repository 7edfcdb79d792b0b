import type { SecureVersion } from 'node:tls';
import { asError } from '../../errors/error-record.ts';
import { InvalidTlsOptionsError } from '../../errors/errors.ts';
import {
  describeValue,
  requireBoolean,
  requireDurationMs,
  requireInteger,
  requireKnownOptions,
  requireObject,
} from '@sockpool/option-checks';
import type { ResolvedTlsIdentity, ResolvedTlsOptions } from './resolved-tls-options.ts';
import { createTlsServer } from './tls-server.ts';

/** Text in PEM form, as it is in a `.pem` file. */
export type Pem = string | Uint8Array;

/** A key and its certificate, in one of the two ways that Node takes them. */
export interface TlsIdentity {
  /** The private key in PEM form; several for certificates of several kinds (RSA and ECDSA). */
  readonly key?: Pem | readonly Pem[];
  /** The certificate in PEM form, followed by its intermediate ones; as many as there are keys. */
  readonly cert?: Pem | readonly Pem[];
  /** Key and certificate in one, in PKCS #12 form, in place of `key` and `cert`. */
  readonly pfx?: Uint8Array;
  /** What the key or `pfx` is encrypted with. */
  readonly passphrase?: string;
}

/**
 * How the workers terminate TLS. The names are Node's (see `tls.createServer()` and
 * `tls.createSecureContext()`); plain data, so that it reaches the workers.
 */
export interface PoolTlsOptions extends TlsIdentity {
  /**
   * Other identities by the name that the client asks for (SNI): `'example.org'`, or
   * `'*.example.org'` for every name with one more label. All other clients get the one above.
   * @default none
   */
  readonly serverNames?: Readonly<Record<string, TlsIdentity>>;
  /**
   * The application protocols on offer, the best first, such as `['h2', 'http/1.1']` (RFC 7301);
   * the handler finds the chosen one in `connection.alpnProtocol`. A client that knows none of
   * them is refused; one that does not use ALPN is not.
   * @default none
   */
  readonly ALPNProtocols?: readonly string[];
  /**
   * Whether clients are asked for a certificate.
   * @default false
   */
  readonly requestCert?: boolean;
  /**
   * Whether clients without a certificate that `ca` vouches for are refused. Otherwise the handler
   * decides by `connection.authorized`.
   * @default true
   */
  readonly rejectUnauthorized?: boolean;
  /**
   * The authorities, in PEM form, that clients' certificates must come from.
   * @default those that Node trusts
   */
  readonly ca?: Pem | readonly Pem[];
  /**
   * Lists of revoked client certificates, in PEM form.
   * @default none
   */
  readonly crl?: Pem | readonly Pem[];
  /**
   * The oldest version on offer.
   * @default 'TLSv1.2'
   */
  readonly minVersion?: SecureVersion;
  /**
   * The newest version on offer.
   * @default 'TLSv1.3'
   */
  readonly maxVersion?: SecureVersion;
  /**
   * The cipher suites, as OpenSSL writes them.
   * @default those of Mozilla's intermediate profile but DHE, see `docs/tls.md`
   */
  readonly ciphers?: string;
  /**
   * Whether the server's order of ciphers counts, and not the client's. A client knows what its
   * machine is quick at.
   * @default false
   */
  readonly honorCipherOrder?: boolean;
  /**
   * The groups for the key exchange, as OpenSSL writes them.
   * @default 'X25519MLKEM768:X25519:prime256v1:secp384r1'
   */
  readonly ecdhCurve?: string;
  /**
   * How long a handshake may take, in milliseconds, before its connection is refused.
   * @default 10_000
   */
  readonly handshakeTimeoutMs?: number;
  /**
   * 48 random bytes that session tickets are encrypted with. All workers use the same, so that a
   * client resumes its session on any of them; give them where several machines serve one name.
   * @default new ones for each pool, each `reloadTls()`, and every `ticketKeysLifetimeMs`
   */
  readonly ticketKeys?: Uint8Array;
  /**
   * How long ticket keys of the pool's own are used, in milliseconds, 1,000 or more; `Infinity`
   * keeps them. All workers change them together. Node knows one key at a time, so that a client
   * with an older ticket shakes hands in full once. Given `ticketKeys` are left as they are.
   * @default 43_200_000, 12 hours
   */
  readonly ticketKeysLifetimeMs?: number;
}

/**
 * Mozilla's intermediate profile (Server Side TLS 5.7) with the hybrid group that OpenSSL prefers,
 * and without the suites with DHE: each of its clients knows ECDHE, and DHE costs a server much.
 */
const TLS_DEFAULTS = Object.freeze({
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  honorCipherOrder: false,
  ecdhCurve: 'X25519MLKEM768:X25519:prime256v1:secp384r1',
  requestCert: false,
  rejectUnauthorized: true,
  handshakeTimeoutMs: 10_000,
  ticketKeysLifetimeMs: 43_200_000,
} satisfies Partial<PoolTlsOptions>);

const IDENTITY_NAMES = Object.freeze({
  key: true,
  cert: true,
  pfx: true,
  passphrase: true,
} satisfies Record<keyof TlsIdentity, true>);

const TLS_NAMES = Object.freeze({
  ...IDENTITY_NAMES,
  serverNames: true,
  ALPNProtocols: true,
  requestCert: true,
  rejectUnauthorized: true,
  ca: true,
  crl: true,
  minVersion: true,
  maxVersion: true,
  ciphers: true,
  honorCipherOrder: true,
  ecdhCurve: true,
  handshakeTimeoutMs: true,
  ticketKeys: true,
  ticketKeysLifetimeMs: true,
} satisfies Record<keyof PoolTlsOptions, true>);

/** RFC 5077, section 4: a name, a key for encryption, and one for authentication. */
const TICKET_KEY_BYTES = 48;

/** RFC 7301, section 3.1: its length is one byte. */
const MAX_PROTOCOL_BYTES = 255;

/**
 * Checks how TLS is to be terminated, with its keys and certificates. Does not change its input.
 *
 * @param options what the caller gave
 * @throws {TypeError} when an option is of the wrong kind, or unknown
 * @throws {RangeError} when a number is out of bounds
 * @throws {InvalidTlsOptionsError} when OpenSSL cannot use them: a key that is none, one that does
 *   not belong to its certificate, an unknown cipher
 */
export function resolveTlsOptions(options: PoolTlsOptions): ResolvedTlsOptions {
  requireObject('Option tls', options, '{ key, cert }');
  requireKnownOptions(options, TLS_NAMES, { within: 'tls.' });
  const { ca, crl } = options;
  const serverNames = requireObject(
    'Option tls.serverNames',
    options.serverNames ?? {},
    "{ 'example.org': { key, cert } }",
  );
  const resolved: ResolvedTlsOptions = {
    identity: resolveIdentity('tls', options),
    serverNames: Object.entries(serverNames).map(([name, identity]) => {
      const option = `tls.serverNames['${name}']`;
      requireObject(`Option ${option}`, identity, '{ key, cert }');
      requireKnownOptions(identity, IDENTITY_NAMES, { within: `${option}.` });
      return [name, resolveIdentity(option, identity)];
    }),
    context: Object.freeze({
      minVersion: requireString('tls.minVersion', options.minVersion ?? TLS_DEFAULTS.minVersion),
      maxVersion: requireString('tls.maxVersion', options.maxVersion ?? TLS_DEFAULTS.maxVersion),
      ciphers: requireString('tls.ciphers', options.ciphers ?? TLS_DEFAULTS.ciphers),
      honorCipherOrder: requireBoolean(
        'tls.honorCipherOrder',
        options.honorCipherOrder ?? TLS_DEFAULTS.honorCipherOrder,
      ),
      ecdhCurve: requireString('tls.ecdhCurve', options.ecdhCurve ?? TLS_DEFAULTS.ecdhCurve),
      ...given({
        ca: ca === undefined ? undefined : pems('tls.ca', ca),
        crl: crl === undefined ? undefined : pems('tls.crl', crl),
      }),
    }),
    ALPNProtocols: resolveProtocols(options.ALPNProtocols),
    requestCert: requireBoolean('tls.requestCert', options.requestCert ?? TLS_DEFAULTS.requestCert),
    rejectUnauthorized: requireBoolean(
      'tls.rejectUnauthorized',
      options.rejectUnauthorized ?? TLS_DEFAULTS.rejectUnauthorized,
    ),
    handshakeTimeoutMs: requireHandshakeTimeout(
      options.handshakeTimeoutMs ?? TLS_DEFAULTS.handshakeTimeoutMs,
    ),
    ticketKeys:
      options.ticketKeys === undefined ? newTicketKeys() : requireTicketKeys(options.ticketKeys),
    ticketKeysLifetimeMs: resolveLifetime(options),
  };
  try {
    createTlsServer(resolved);
  } catch (error) {
    throw new InvalidTlsOptionsError(asError(error));
  }
  return Object.freeze(resolved);
}

function resolveIdentity(option: string, identity: TlsIdentity): ResolvedTlsIdentity {
  const { key, cert, pfx, passphrase } = identity;
  if (pfx === undefined && (key === undefined || cert === undefined)) {
    throw new TypeError(`Option ${option} must have a key and a cert, or a pfx`);
  }
  if (pfx !== undefined && !(pfx instanceof Uint8Array)) {
    throw new TypeError(`Option ${option}.pfx must be bytes, got ${describeValue(pfx)}`);
  }
  return given({
    key: key === undefined ? undefined : pems(`${option}.key`, key),
    cert: cert === undefined ? undefined : pems(`${option}.cert`, cert),
    // A copy: a small Buffer's memory is that of many others, which would go to the workers too.
    pfx: pfx === undefined ? undefined : Uint8Array.from(pfx),
    passphrase:
      passphrase === undefined ? undefined : requireString(`${option}.passphrase`, passphrase),
  });
}

function pems(option: string, value: Pem | readonly Pem[]): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((pem) => {
    if (typeof pem === 'string') return pem;
    if (pem instanceof Uint8Array) return Buffer.from(pem).toString();
    throw new TypeError(
      `Option ${option} must be PEM text as a string or bytes, or a list of such, got ${describeValue(pem)}`,
    );
  });
}

function resolveProtocols(protocols: unknown): readonly string[] | undefined {
  if (protocols === undefined) return undefined;
  if (!Array.isArray(protocols)) {
    throw new TypeError(
      `Option tls.ALPNProtocols must be a list such as ['h2', 'http/1.1'], got ${describeValue(protocols)}`,
    );
  }
  return protocols.map((protocol: unknown) => {
    const bytes = typeof protocol === 'string' ? Buffer.byteLength(protocol) : 0;
    if (typeof protocol === 'string' && bytes > 0 && bytes <= MAX_PROTOCOL_BYTES) return protocol;
    throw new TypeError(
      `Option tls.ALPNProtocols must have names of 1 to ${MAX_PROTOCOL_BYTES} bytes, got ${describeValue(protocol)}`,
    );
  });
}

function requireHandshakeTimeout(value: unknown): number {
  const timeoutMs = requireDurationMs('tls.handshakeTimeoutMs', value);
  if (timeoutMs > 0) return timeoutMs;
  throw new RangeError('Option tls.handshakeTimeoutMs must be 1 or more, got 0');
}

/** Makes keys that session tickets are encrypted with. */
export function newTicketKeys(): Uint8Array {
  return Uint8Array.from(process.getBuiltinModule('node:crypto').randomBytes(TICKET_KEY_BYTES));
}

function resolveLifetime({ ticketKeys, ticketKeysLifetimeMs }: PoolTlsOptions): number {
  const lifetimeMs = requireInteger(
    'tls.ticketKeysLifetimeMs',
    ticketKeysLifetimeMs ?? TLS_DEFAULTS.ticketKeysLifetimeMs,
    { min: 1_000, max: 2 ** 31 - 1, orInfinity: true },
  );
  return ticketKeys === undefined ? lifetimeMs : Infinity;
}

function requireTicketKeys(keys: unknown): Uint8Array {
  if (keys instanceof Uint8Array && keys.length === TICKET_KEY_BYTES) return Uint8Array.from(keys);
  const got = keys instanceof Uint8Array ? `${keys.length} bytes` : describeValue(keys);
  throw new TypeError(`Option tls.ticketKeys must be ${TICKET_KEY_BYTES} bytes, got ${got}`);
}

function requireString<Value extends string>(option: string, value: Value): Value {
  if (typeof value === 'string') return value;
  throw new TypeError(`Option ${option} must be a string, got ${describeValue(value)}`);
}

/** Leaves out what is undefined: OpenSSL's settings mean something else when they are there. */
function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.freeze(Object.fromEntries(entries)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}
