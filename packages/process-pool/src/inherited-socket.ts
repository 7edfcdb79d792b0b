import { fstatSync } from 'node:fs';
import type { InheritedSocket } from '@sockpool/pool-core';
import { closeSockets, descriptorsOf } from '@sockpool/pool-core/worker';

/** Where a new primary finds what its predecessor leaves to it. */
const VARIABLE = 'SOCKPOOL_INHERITED_SOCKET';

/**
 * Makes the environment of a new primary, that tells it of the socket it inherits.
 *
 * @param socket the socket, with the descriptor that it will have there
 */
export function bequeath(socket: InheritedSocket): NodeJS.ProcessEnv {
  return { ...process.env, [VARIABLE]: JSON.stringify(socket) };
}

/**
 * Takes the socket that a predecessor has left to this process. Once taken it is gone,
 * so that neither another pool nor a worker takes it as well.
 *
 * @returns undefined when there is none
 */
export function takeInheritedSocket(): InheritedSocket | undefined {
  const text = process.env[VARIABLE];
  if (text === undefined) return undefined;
  delete process.env[VARIABLE];
  const { fd, address } = JSON.parse(text) as InheritedSocket;
  const status = fstatSync(fd);
  if (!status.isSocket()) return undefined;
  // A listener that was parked there has been duplicated by Node without close-on-exec.
  if (process.platform === 'linux') closeSockets([status.ino], [fd]);
  return { fd, address };
}

/**
 * Finds the descriptor of a socket of this process.
 *
 * @param inode how the system numbers it; Linux only
 * @returns undefined when there is none
 */
export function descriptorOf(inode: number | undefined): number | undefined {
  return inode === undefined ? undefined : descriptorsOf(inode)[0];
}
