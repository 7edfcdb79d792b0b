import { fstatSync } from 'node:fs';
import type { InheritedSocket } from '@sockpool/pool-core';
import { closeSockets } from '@sockpool/pool-core/worker';

/** Where a new primary finds what its predecessor leaves to it. */
const VARIABLE = 'SOCKPOOL_INHERITED_SOCKETS';

/**
 * Makes the environment of a new primary, that tells it of the sockets it inherits.
 *
 * @param sockets in the order of the pool's addresses, with the descriptors that they will have there
 */
export function bequeath(sockets: readonly InheritedSocket[]): NodeJS.ProcessEnv {
  return { ...process.env, [VARIABLE]: JSON.stringify(sockets) };
}

/**
 * Takes the sockets that a predecessor has left to this process. Once taken they are gone,
 * so that neither another pool nor a worker takes them as well.
 *
 * @returns in the order of the predecessor's addresses
 */
export function takeInheritedSockets(): readonly InheritedSocket[] {
  const text = process.env[VARIABLE];
  if (text === undefined) return [];
  delete process.env[VARIABLE];
  const told = JSON.parse(text) as readonly InheritedSocket[];
  const inodes = told.flatMap(({ fd }) => inodeOf(fd) ?? []);
  // A listener that was parked there has been duplicated by Node without close-on-exec.
  if (process.platform === 'linux') {
    closeSockets(
      inodes,
      told.map(({ fd }) => fd),
    );
  }
  return inodes.length === told.length ? told : [];
}

/** Undefined when it is no socket. */
function inodeOf(fd: number): number | undefined {
  const status = fstatSync(fd);
  return status.isSocket() ? status.ino : undefined;
}
