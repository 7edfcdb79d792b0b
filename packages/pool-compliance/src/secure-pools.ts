import { X509Certificate } from 'node:crypto';
import net from 'node:net';
import type tls from 'node:tls';
import { onTestFinished } from 'vitest';
import type { PoolOptions, RefusedConnection, WorkerPool } from '@sockpool/pool-core';
import { certificateForTests, type TestCertificate } from './hosted/certificate-for-tests.ts';
import { createPool, listeningPool, type PoolKind } from './pool-under-test.ts';
import { connectTls, startTls, type TlsClient } from './clients/tls-client.ts';

/** What the handler says of its connection. */
export interface Secured {
  readonly servername: string | false;
  readonly alpnProtocol: string | false;
  readonly authorized: boolean;
  readonly authorizationError: string | null;
  readonly resumed: boolean;
}

/** Asks the handler about a client's connection. */
export async function secured({ lines }: TlsClient): Promise<Secured> {
  return JSON.parse(String(await lines.ask('tls'))) as Secured;
}

/** Resolves to the first refusal that the pool tells of. */
export function firstRefusal(pool: WorkerPool): Promise<RefusedConnection> {
  return new Promise((resolve) => {
    pool.once('connectionRefused', (refused) => resolve(refused));
  });
}

/** Connects without TLS. */
export function plainClient(pool: WorkerPool): net.Socket {
  const { port, address } = pool.address as net.AddressInfo;
  const socket = net.connect(port, address).resume();
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Resolves when a connection is gone, however it ended. */
export function gone(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

/** The certificate that a client was shown. */
export function fingerprint(certificate: TestCertificate): string {
  return new X509Certificate(certificate.ca).fingerprint256;
}

/** Connects clients that keep their connections, until every worker has one. */
export async function clientsOfAllWorkers(
  connect: () => Promise<TlsClient>,
  workers: number,
): Promise<TlsClient[]> {
  const clients: TlsClient[] = [];
  const ids = new Set<string | undefined>();
  while (ids.size < workers) {
    const client = await connect();
    clients.push(client);
    ids.add(await client.lines.ask('worker'));
  }
  return clients;
}

/** Pools that terminate TLS, for the tests of a `describe` block, with certificates made before it. */
export interface SecurePools {
  /** The pool's, for `localhost`. */
  readonly certificate: () => TestCertificate;
  /** Another one for `localhost`. */
  readonly renewed: () => TestCertificate;
  /** One for `elsewhere.test`. */
  readonly elsewhere: () => TestCertificate;
  /** A client's. */
  readonly client: () => TestCertificate;
  /** Starts a pool, and gives ways to connect to it. */
  readonly securePool: (
    tlsOptions?: PoolOptions['tls'],
    options?: Parameters<typeof createPool>[1],
  ) => Promise<{
    pool: WorkerPool;
    connect: (options?: tls.ConnectionOptions) => Promise<TlsClient>;
    start: (options?: tls.ConnectionOptions) => TlsClient;
  }>;
}

/**
 * Makes certificates before the tests of a `describe` block, and pools with them.
 *
 * @param kind the kind of pool
 */
export function securePools(kind: PoolKind): SecurePools {
  const certificate = certificateForTests();
  const renewed = certificateForTests();
  const elsewhere = certificateForTests('elsewhere.test');
  const client = certificateForTests('client');
  const securePool: SecurePools['securePool'] = async (tlsOptions = {}, options = {}) => {
    const { pool } = await listeningPool(kind, {
      tls: { ...certificate().identity, ...tlsOptions },
      ...options,
    });
    const ca = [certificate().ca, renewed().ca, elsewhere().ca];
    return {
      pool,
      connect: (to = {}) => connectTls(pool.address, { ca, ...to }),
      start: (to = {}) => startTls(pool.address, { ca, ...to }),
    };
  };
  return { certificate, renewed, elsewhere, client, securePool };
}
