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
 * Tells which descriptors of sockets a predecessor has left to this process, which the first
 * `ProcessPool` takes: in a new primary after `upgrade()`, before that pool is made. For programs that
 * listen on descriptors, such as those of systemd, which are for the first process only.
 *
 * @returns in the order of the predecessor's addresses; none if there was no predecessor
 */
export function inheritedDescriptors(): readonly number[] {
  return inherited().map(({ fd }) => fd);
}

/**
 * Takes the sockets that a predecessor has left to this process. Once taken they are gone,
 * so that neither another pool nor a worker takes them as well.
 *
 * @returns in the order of the predecessor's addresses
 */
export function takeInheritedSockets(): readonly InheritedSocket[] {
  const told = inherited();
  delete process.env[VARIABLE];
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

function inherited(): readonly InheritedSocket[] {
  return JSON.parse(process.env[VARIABLE] ?? '[]') as readonly InheritedSocket[];
}

/** Undefined when it is no socket. */
function inodeOf(fd: number): number | undefined {
  const status = fstatSync(fd);
  return status.isSocket() ? status.ino : undefined;
}
