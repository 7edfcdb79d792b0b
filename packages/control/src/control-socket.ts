import { once } from 'node:events';
import { chmod, lstat, mkdir, mkdtemp, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { BoundSocket, type BoundSocketOptions, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ControlError } from './control-error.ts';

/** The longest path of a unix-domain socket that every system takes. */
const MAX_PATH_BYTES = 103;

/** Where the control sockets of pools are, unless a path is given. */
export interface ControlDirectoryOptions {
  /**
   * Where `RUNTIME_DIRECTORY` and `XDG_RUNTIME_DIR` are read.
   * @default process.env
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Tells in which folder the control sockets of this user's pools are: `sockpool` in systemd's
 * `$RUNTIME_DIRECTORY`, else in `$XDG_RUNTIME_DIR`, else `sockpool-<user id>` in the temporary folder.
 *
 * @param options where the variables are
 */
export function controlDirectory(options: ControlDirectoryOptions = {}): string {
  const { RUNTIME_DIRECTORY, XDG_RUNTIME_DIR } = options.environment ?? process.env;
  // systemd gives several, separated by colons, when the unit names several.
  const [runtime] = (RUNTIME_DIRECTORY ?? '').split(':');
  if (runtime) return join(runtime, 'sockpool');
  if (XDG_RUNTIME_DIR) return join(XDG_RUNTIME_DIR, 'sockpool');
  return join(tmpdir(), `sockpool-${process.getuid?.() ?? 'user'}`);
}

/**
 * Makes the folder for control sockets, which nobody else may enter.
 *
 * @param directory its path
 * @throws {ControlError} when there is something else, or it is another user's or open to others
 */
export async function makePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { mode, uid } = await lstat(directory);
  const found = (what: string): ControlError =>
    new ControlError(
      'ERR_CONTROL_SOCKET',
      `Cannot put a control socket into '${directory}': ${what}; remove it, or give another path`,
    );
  if ((mode & 0o170000) !== 0o040000) throw found('it is no folder');
  if (uid !== process.getuid?.()) throw found(`it belongs to the user with id ${uid}`);
  if ((mode & 0o077) !== 0) throw found(`its mode is 0${(mode & 0o777).toString(8)}, not 0700`);
}

/**
 * Binds a unix-domain socket that only this user may use, in place of what a dead program has left
 * there. Nobody can connect before somebody listens.
 *
 * @param path where
 * @returns the socket
 * @throws {ControlError} when the path is too long, or a living program listens there
 */
export async function bindPrivately(path: string): Promise<BoundSocket> {
  const refuse = (reason: string): ControlError =>
    new ControlError('ERR_CONTROL_SOCKET', `Cannot listen for control on '${path}': ${reason}`);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw refuse(`a socket's path has at most ${MAX_PATH_BYTES} bytes; give a shorter one`);
  }
  const there = await lstat(path).catch(() => undefined);
  if (there !== undefined && !there.isSocket()) throw refuse('there is a file that is no socket');
  if (await isAlive(path)) throw refuse('another program listens there; give each its own path');
  // Made elsewhere: the system takes no place that is taken, and Node removes what it has made when it
  // stops listening there, which is a successor's then.
  const hidden = await mkdtemp(join(dirname(path), '.s-'));
  try {
    const place = join(hidden, 's');
    if (Buffer.byteLength(place) > MAX_PATH_BYTES) {
      throw refuse(
        `a socket's path has at most ${MAX_PATH_BYTES} bytes; give a folder with a shorter one`,
      );
    }
    // Node takes a path here as well, which its type declarations do not say yet.
    const options: BoundSocketOptions & { readonly path: string } = { path: place };
    const socket = new BoundSocket(options);
    await chmod(place, 0o600);
    await rename(place, path);
    return socket;
  } finally {
    await rm(hidden, { recursive: true, force: true });
  }
}

/**
 * Says how to remove a socket's file later.
 *
 * @param path where it is
 * @returns removes it, if it is still this one
 */
export async function removerOf(path: string): Promise<() => Promise<void>> {
  const { ino, dev } = await stat(path);
  return async () => {
    const now = await lstat(path).catch(() => undefined);
    if (now?.ino === ino && now.dev === dev) await unlink(path).catch(() => undefined);
  };
}

/**
 * Lists the control sockets in a folder behind which a program listens.
 *
 * @param directory the folder; one that is not there has none
 */
export async function findControlSockets(
  directory: string = controlDirectory(),
): Promise<readonly string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const paths = names
    .filter((name) => name.endsWith('.sock'))
    .toSorted()
    .map((name) => join(directory, name));
  const alive = await Promise.all(paths.map(isAlive));
  return paths.filter((_, index) => alive[index]);
}

/** Whether somebody listens there. */
async function isAlive(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
