import { closeSync, fstatSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { PrimaryAcceptor, type ResolvedListenOptions } from '@sockpool/worker-supervisor';

/**
 * Accepts in the primary, and knows by which number the system calls the listening socket.
 *
 * Parking duplicates the descriptor without close-on-exec, so every worker that is
 * forked from then on inherits the listening socket, and would keep the port open
 * after the pool has closed it. Knowing the number, the worker can close its copy.
 */
export class RecognizableAcceptor extends PrimaryAcceptor {
  #inode: number | undefined;

  /** The inode of the listening socket; undefined before it is open, and where it means nothing. */
  get inode(): number | undefined {
    return this.#inode;
  }

  protected override bind(listen: ResolvedListenOptions): net.ListenOptions {
    // Only Linux numbers its sockets in a way that tells them apart.
    if (process.platform !== 'linux') return super.bind(listen);
    if ('fd' in listen) {
      this.#inode = fstatSync(listen.fd).ino;
      return listen;
    }
    const { backlog, ...where } = listen;
    // Node takes a path here as well, which its type declarations do not say yet.
    const address: net.BoundSocketOptions & { readonly path?: string } = where;
    const handle = new net.BoundSocket(address);
    this.#inode = fstatSync(handle.fd()).ino;
    return { handle, backlog };
  }
}

/**
 * Closes this process's copies of a listening socket that it inherited.
 *
 * @param inode the socket's inode; undefined closes nothing
 * @param except the descriptor to keep, if any
 */
export function closeInheritedListener(inode: number | undefined, except?: number): void {
  if (inode === undefined) return;
  for (const fd of descriptorsOf(inode)) if (fd !== except) closeSync(fd);
}

/**
 * Finds this process's descriptors of a socket. Linux only.
 *
 * @param inode the socket's inode
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
