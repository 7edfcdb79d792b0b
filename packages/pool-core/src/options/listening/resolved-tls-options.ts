import type { SecureContextOptions } from 'node:tls';

/** `TlsIdentity` in a form that survives a structured clone. */
export interface ResolvedTlsIdentity {
  readonly key?: readonly string[];
  readonly cert?: readonly string[];
  readonly pfx?: Uint8Array;
  readonly passphrase?: string;
}

/** `PoolTlsOptions` checked and with every default filled in. Survives a structured clone. */
export interface ResolvedTlsOptions {
  readonly identity: ResolvedTlsIdentity;
  readonly serverNames: readonly (readonly [name: string, identity: ResolvedTlsIdentity])[];
  /** What holds for every identity. */
  readonly context: Readonly<
    Partial<Record<'ca' | 'crl', readonly string[]>> &
      Required<
        Pick<
          SecureContextOptions,
          'minVersion' | 'maxVersion' | 'ciphers' | 'honorCipherOrder' | 'ecdhCurve'
        >
      >
  >;
  readonly ALPNProtocols: readonly string[] | undefined;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly handshakeTimeoutMs: number;
  readonly ticketKeys: Uint8Array;
  /** Infinity for keys that were given. */
  readonly ticketKeysLifetimeMs: number;
}
