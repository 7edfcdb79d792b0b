/** An extension of a header, as it is on the wire. */
export interface RawTlv {
  /** The type, 0 to 255; 0xE0 to 0xEF are free for applications. */
  readonly type: number;
  /** The value, at most 65,535 bytes, with all others of the header. */
  readonly value: Buffer;
}

/** The extensions of a version 2 header (section 2.2 of the specification); absent what was not sent. */
export interface ProxyTlvs {
  /** The application protocol that was negotiated (RFC 7301), such as `'h2'`; one character a byte. */
  readonly alpn?: string;
  /** The host name that the client asked for, as a rule by TLS's server name. The client's word. */
  readonly authority?: string;
  /** What the proxy calls this connection in its logs; at most 128 bytes. */
  readonly uniqueId?: Buffer;
  /** How the client reached the proxy, if by TLS or another secure way. */
  readonly ssl?: ProxySsl;
  /** The network namespace. */
  readonly netns?: string;
  /** All extensions of other types, in order. */
  readonly other?: readonly RawTlv[];
}

/** What the proxy says about TLS between the client and itself. */
export interface ProxySsl {
  /** Whether the client connected over TLS. */
  readonly tls: boolean;
  /** Whether the client showed a certificate on this connection. */
  readonly certificateOnConnection: boolean;
  /** Whether the client showed a certificate at least once in the TLS session. */
  readonly certificateInSession: boolean;
  /**
   * The result of the verification of the client's certificate; 0 says success. It means nothing
   * without a certificate: see {@link isClientVerified}.
   */
  readonly verifyResult: number;
  /** The TLS version, such as `'TLSv1.3'`. */
  readonly version?: string;
  /** The common name of the client's certificate. */
  readonly commonName?: string;
  /** The cipher, such as `'ECDHE-RSA-AES128-GCM-SHA256'`. */
  readonly cipher?: string;
  /** The algorithm by which the proxy's certificate was signed, such as `'SHA256'`. */
  readonly signatureAlgorithm?: string;
  /** The algorithm of the key of the proxy's certificate, such as `'RSA2048'`. */
  readonly keyAlgorithm?: string;
  /** All sub-extensions of other types, in order. */
  readonly other?: readonly RawTlv[];
}

/**
 * Tells whether the client showed a certificate that the proxy verified. The result of the
 * verification alone does not say so: it is 0 as well when there was no certificate.
 *
 * @param ssl the header's `tlvs.ssl`
 */
export function isClientVerified(ssl: ProxySsl | undefined): boolean {
  if (ssl === undefined || ssl.verifyResult !== 0) return false;
  return ssl.certificateOnConnection || ssl.certificateInSession;
}

/** The types of extensions, from the specification. */
export const TLV_TYPES: {
  readonly alpn: 0x01;
  readonly authority: 0x02;
  readonly crc32c: 0x03;
  readonly noop: 0x04;
  readonly uniqueId: 0x05;
  readonly ssl: 0x20;
  readonly netns: 0x30;
} = Object.freeze({
  alpn: 0x01,
  authority: 0x02,
  crc32c: 0x03,
  noop: 0x04,
  uniqueId: 0x05,
  ssl: 0x20,
  netns: 0x30,
});

type SslText = 'version' | 'commonName' | 'cipher' | 'signatureAlgorithm' | 'keyAlgorithm';

/** The names and types of the texts within the `ssl` extension, in the order in which they are sent. */
export const SSL_TEXTS: readonly (readonly [SslText, number, 'latin1' | 'utf8'])[] = Object.freeze([
  ['version', 0x21, 'latin1'],
  ['commonName', 0x22, 'utf8'],
  ['cipher', 0x23, 'latin1'],
  ['signatureAlgorithm', 0x24, 'latin1'],
  ['keyAlgorithm', 0x25, 'latin1'],
]);

/** The bits of the `ssl` extension's first byte. */
export const SSL_FLAGS: Readonly<
  Record<'tls' | 'certificateOnConnection' | 'certificateInSession', number>
> = Object.freeze({
  tls: 0x01,
  certificateOnConnection: 0x02,
  certificateInSession: 0x04,
});

/** The most bytes of `uniqueId`. */
export const UNIQUE_ID_MAX_BYTES = 128;
