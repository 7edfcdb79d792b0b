import { closeSync, readFileSync } from 'node:fs';
import { BlockList, type Socket } from 'node:net';
import { descriptorsOf } from '@sockpool/pool-core';

/** The two ends of a connection of TCP. */
export interface ConnectionEnds {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
}

/** Where the system lists its connections, by family. */
const TABLES = { ipv4: '/proc/self/net/tcp', ipv6: '/proc/self/net/tcp6' } as const;

/**
 * Tells between which ends a connection is.
 *
 * @param connection an open one
 * @returns undefined when its client has gone already
 */
export function endsOf(connection: Socket): ConnectionEnds | undefined {
  const { remoteAddress, remotePort, localPort } = connection;
  if (remoteAddress === undefined || remotePort === undefined || localPort === undefined) {
    return undefined;
  }
  return { remoteAddress, remotePort, localPort };
}

/**
 * Closes a connection that Node does not know any more: a move to a thread took it from its socket,
 * and found no descriptor for the thread. So its client sees an end instead of waiting for ever.
 * Does nothing but on Linux, and when the connection has ended.
 *
 * @param ends its ends
 * @throws {Error} the system's error, such as `EMFILE`
 */
export function closeStranded(ends: ConnectionEnds): void {
  if (process.platform !== 'linux') return;
  const inode = inodeOf(ends);
  // Nothing reads from it, so that the event loop does not know of the descriptor.
  if (inode !== undefined) for (const fd of descriptorsOf(inode)) closeSync(fd);
}

function inodeOf({ remoteAddress, remotePort, localPort }: ConnectionEnds): number | undefined {
  const client = new BlockList();
  client.addAddress(remoteAddress, remoteAddress.includes(':') ? 'ipv6' : 'ipv4');
  for (const [family, path] of Object.entries(TABLES) as [keyof typeof TABLES, string][]) {
    for (const line of readTable(path)) {
      // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
      const [, local = '', remote = '', , , , , , , inode] = line.trim().split(/\s+/);
      if (portOf(local) !== localPort || portOf(remote) !== remotePort) continue;
      if (client.check(addressOf(remote), family)) return Number(inode);
    }
  }
  return undefined;
}

function readTable(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n').slice(1);
  } catch (error) {
    // There may be no IPv6.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function portOf(end: string): number {
  return Number.parseInt(end.slice(end.indexOf(':') + 1), 16);
}

/** The table has words of 32 bits as they are in memory. */
function addressOf(end: string): string {
  const words = Buffer.from(end.slice(0, end.indexOf(':')), 'hex');
  if (new Uint8Array(new Uint32Array([1]).buffer)[0] === 1) words.swap32();
  if (words.length === 4) return words.join('.');
  return Array.from({ length: 8 }, (_, index) => words.readUInt16BE(2 * index).toString(16)).join(
    ':',
  );
}
