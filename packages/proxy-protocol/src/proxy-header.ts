import type { ProxyTlvs } from './proxy-tlvs.ts';

/** One end of a TCP or UDP connection. */
export interface InetEndpoint {
  /** The address in its canonical text form (RFC 5952 for IPv6). */
  readonly address: string;
  /** The port, 0 to 65535. */
  readonly port: number;
}

/** One end of a unix-domain connection. */
export interface UnixEndpoint {
  /** The path, at most 108 bytes; begins with `\0` for an abstract one, is empty for an unnamed one. */
  readonly path: string;
}

/**
 * What the sender says about the two ends of the connection that it forwards: `source` is the
 * client, `destination` what the client connected to. `unknown` says nothing, and the real ends
 * of the socket count.
 */
export type ProxyAddresses =
  | {
      readonly family: 'IPv4' | 'IPv6';
      readonly source: InetEndpoint;
      readonly destination: InetEndpoint;
    }
  | {
      readonly family: 'unix';
      readonly source: UnixEndpoint;
      readonly destination: UnixEndpoint;
    }
  | { readonly family: 'unknown'; readonly source?: never; readonly destination?: never };

/** A decoded header. */
export type ProxyHeader = ProxyAddresses & {
  /** The version of the protocol: 1 is a line of text, 2 is binary. */
  readonly version: 1 | 2;
  /**
   * `'local'`: the sender speaks for itself, as in a health check, and forwards nobody.
   * Version 1 has no such command; its `UNKNOWN` is `'proxy'` with the family `'unknown'`.
   */
  readonly command: 'proxy' | 'local';
  /** Of the forwarded connection; `'unknown'` exactly when the family is. */
  readonly transport: 'stream' | 'datagram' | 'unknown';
  /** Further information, of version 2 only. */
  readonly tlvs: ProxyTlvs;
  /** Whether the header had a checksum (CRC32C). If so it was right, or the header would be refused. */
  readonly checksummed: boolean;
  /** How long the header was, in bytes. */
  readonly headerBytes: number;
};

/** The first bytes of a version 1 header. */
export const V1_PREFIX: Buffer = Buffer.from('PROXY ');

/** The most bytes of a version 1 header, its CRLF included (section 2.1 of the specification). */
export const V1_MAX_BYTES = 107;

/** The first bytes of a version 2 header (section 2.2 of the specification). */
export const V2_SIGNATURE: Buffer = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** The bytes of a version 2 header before its addresses. */
export const V2_FIXED_BYTES = 16;

/** The most bytes that a version 2 header can have: its length field has 16 bits. */
export const V2_MAX_BYTES = 65_551;

/** The size of a path in a version 2 header, in bytes. */
export const UNIX_PATH_BYTES = 108;
