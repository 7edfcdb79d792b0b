import type { Serving } from '../config/resolve-serving.ts';
import type { Pool } from './make-pool.ts';

/**
 * What `reload-tls` does.
 *
 * @param pool whose certificate it is
 * @param tls the certificate, or what reads it
 */
export function reloader(pool: Pool, tls: NonNullable<Serving['tls']>): () => Promise<void> {
  return async () => pool.reloadTls(typeof tls === 'function' ? await tls() : tls);
}
