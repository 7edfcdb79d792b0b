import { closeSync, fstatSync, readdirSync } from 'node:fs';
import type { InheritedSocket } from '@sockpool/worker-supervisor';

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
  if (process.platform === 'linux') closeCopies(status.ino, fd);
  return { fd, address };
}

/**
 * Closes this process's copies of a socket that it inherited without being meant to: a
 * listener that was parked has been duplicated by Node without close-on-exec.
 *
 * @param inode how the system numbers the socket; Linux only
 * @param kept the one descriptor that stays, if any
 */
export function closeCopies(inode: number, kept?: number): void {
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd !== kept && isSocket(fd, inode)) closeSync(fd);
  }
}

/**
 * Finds the descriptor of a socket of this process.
 *
 * @param inode how the system numbers it; Linux only
 * @returns undefined when there is none
 */
export function descriptorOf(inode: number | undefined): number | undefined {
  if (inode === undefined) return undefined;
  return readdirSync('/proc/self/fd')
    .map(Number)
    .find((fd) => isSocket(fd, inode));
}

function isSocket(fd: number, inode: number): boolean {
  try {
    const status = fstatSync(fd);
    return status.isSocket() && status.ino === inode;
  } catch {
    // The descriptor of the folder that was just listed is closed by now.
    return false;
  }
}
