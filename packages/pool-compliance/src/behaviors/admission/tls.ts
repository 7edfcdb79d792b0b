import type { PoolKind } from '../../pool-under-test.ts';
import { describeTlsHandshakes } from './tls-handshakes.ts';
import { describeTlsLayers } from './tls-layers.ts';
import { describeTlsReloads } from './tls-reloads.ts';

/** Workers that terminate TLS. */
export function describeTls(kind: PoolKind): void {
  describeTlsHandshakes(kind);
  describeTlsReloads(kind);
  describeTlsLayers(kind);
}
