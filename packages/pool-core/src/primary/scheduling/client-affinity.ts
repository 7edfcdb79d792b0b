import type { SchedulableWorker } from './scheduler.ts';

/** How IPv6 writes an IPv4 address: the same client, whichever way it came in (RFC 4291, 2.5.5.2). */
const IPV4_MAPPED = '::ffff:';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Chooses the worker of a client by rendezvous hashing: every pair of a client and a worker
 * id has a weight, and the highest one wins (Thaler and Ravishankar, "Using Name-Based
 * Mappings to Increase Hit Rates", 1998).
 *
 * So a worker that is added, removed, or full moves only its own clients, each to its
 * next choice, and they come back when it does. A worker that is respawned has its
 * predecessor's id, and thus its clients.
 *
 * @param workers those with free capacity, at least one
 * @param address the client's address
 * @returns the worker; undefined if there is no address
 */
export function scheduleByClient<Worker extends Pick<SchedulableWorker, 'id'>>(
  workers: readonly Worker[],
  address: string | undefined,
): Worker | undefined {
  if (address === undefined) return undefined;
  const client = hashAddress(address);
  let chosen: Worker | undefined;
  let highest = -1;
  for (const worker of workers) {
    const weight = mix(client ^ mix(worker.id + 1));
    if (weight <= highest) continue;
    chosen = worker;
    highest = weight;
  }
  return chosen;
}

/** FNV-1a over the characters; addresses are ASCII. Makes no string of its own. */
function hashAddress(address: string): number {
  const mapped = address.startsWith(IPV4_MAPPED) && address.includes('.');
  let hash = FNV_OFFSET;
  for (let at = mapped ? IPV4_MAPPED.length : 0; at < address.length; at += 1) {
    hash = Math.imul(hash ^ address.charCodeAt(at), FNV_PRIME);
  }
  return hash;
}

/** The finalizer of MurmurHash3: every bit of the input changes about half of the result's. */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
