import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { devNull } from 'node:os';

/** A descriptor of a socket. */
interface SocketDescriptor {
  readonly fd: number;
  /** How the system numbers the socket. */
  readonly inode: number;
}

/** What a child process is to have under each descriptor number, as `child_process` takes it. */
export type ChildStdio = (number | 'inherit' | 'ipc' | 'ignore' | 'pipe')[];

/** How many sockets are kept from a child: each takes it a descriptor more while it starts. */
const MAX_COVERED = 64;

/**
 * Finds this process's descriptors of a socket. Linux only.
 *
 * @param inode how the system numbers the socket
 * @throws {Error} the system's error, such as `EMFILE`
 */
export function descriptorsOf(inode: number): number[] {
  return socketDescriptors()
    .filter((socket) => socket.inode === inode)
    .map(({ fd }) => fd);
}

/**
 * Starts a child process that gets none of this process's sockets but those that it is given.
 *
 * Node duplicates without close-on-exec what it moves to a thread or parks: listeners, and the
 * connections of threads. A child would inherit them and keep ports and connections open that
 * this process has closed. So they are covered in the child.
 *
 * @param stdio what the child is given
 * @param start starts it at once, with more `stdio`
 * @returns the child, and the inodes of the sockets, for a child to close what was not covered
 */
export function withoutSockets<Child>(
  stdio: ChildStdio,
  start: (stdio: ChildStdio) => Child,
): { readonly child: Child; readonly sockets: readonly number[] } {
  const sockets = inheritable();
  const free = sockets.filter(({ fd }) => fd > 2 && (stdio[fd] ?? 'ignore') === 'ignore');
  const cover = free.length > 0 ? attempt(() => openSync(devNull, 'r')) : undefined;
  const covered = [...stdio];
  if (cover !== undefined) {
    for (const { fd } of free.slice(0, MAX_COVERED)) {
      while (covered.length < fd) covered.push('ignore');
      covered[fd] = cover;
    }
  }
  try {
    return { child: start(covered), sockets: [...new Set(sockets.map(({ inode }) => inode))] };
  } finally {
    if (cover !== undefined) closeSync(cover);
  }
}

/**
 * Closes this process's descriptors of sockets that it inherited without being meant to.
 *
 * @param inodes how the system numbers them
 * @param kept descriptors that stay
 */
export function closeSockets(inodes: readonly number[], kept: readonly number[]): void {
  if (inodes.length === 0) return;
  const foreign = new Set(inodes);
  for (const { fd, inode } of attempt(socketDescriptors) ?? []) {
    if (foreign.has(inode) && !kept.includes(fd)) closeSync(fd);
  }
}

/** The sockets that a child may inherit; on other systems than Linux a child inherits none. */
function inheritable(): readonly SocketDescriptor[] {
  if (process.platform !== 'linux') return [];
  return attempt(socketDescriptors) ?? [];
}

function socketDescriptors(): SocketDescriptor[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    const fd = Number(name);
    // The descriptor of the folder that was just listed is closed by now.
    const status = attempt(() => fstatSync(fd));
    return status?.isSocket() === true ? [{ fd, inode: status.ino }] : [];
  });
}

/** Undefined when it fails, such as without a free descriptor. */
function attempt<Value>(get: () => Value): Value | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}
