import { fstatSync, readdirSync } from 'node:fs';

/**
 * Finds this process's descriptors of a socket. Linux only.
 *
 * @param inode how the system numbers the socket
 */
export function descriptorsOf(inode: number): number[] {
  const names = readdirSync('/proc/self/fd');
  return names.map(Number).filter((fd) => isSocket(fd, inode));
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
