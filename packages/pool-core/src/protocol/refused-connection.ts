import type { RefusalReason } from '@sockpool/connection-guard';
import type { ErrorRecord } from '../errors/error-record.ts';

/**
 * Why a connection was refused or cut before or while its handler served it: what `protection`
 * did not allow, `proxyHeader`, or `tlsHandshake`; for these two see the error.
 */
export type ConnectionRefusalReason = RefusalReason | 'proxyHeader' | 'tlsHandshake';

/** Connections that a worker refused or cut, as the pool tells of them. */
export interface RefusedConnection {
  readonly reason: ConnectionRefusalReason;
  /** The address of the last of them; undefined if it cannot be told. */
  readonly remoteAddress: string | undefined;
  /** How many since the worker's last event with this reason. */
  readonly connections: number;
  /** What was wrong with the last of them, where there is more to say than the reason. */
  readonly error: Error | undefined;
}

/** A {@link RefusedConnection} in a form that crosses to the primary. */
export type RefusalRecord = Omit<RefusedConnection, 'error'> & {
  readonly error: ErrorRecord | undefined;
};

/** Nothing refused yet. */
export const NO_REFUSED_CONNECTIONS: Readonly<Record<ConnectionRefusalReason, number>> =
  Object.freeze({
    denied: 0,
    addressLimit: 0,
    firstByteTimeout: 0,
    idleTimeout: 0,
    slow: 0,
    slowReader: 0,
    lifetime: 0,
    bytes: 0,
    memory: 0,
    proxyHeader: 0,
    tlsHandshake: 0,
  });
