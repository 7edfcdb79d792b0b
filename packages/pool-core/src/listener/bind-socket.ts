import { chmodSync, lstatSync, readFileSync, unlinkSync } from 'node:fs';
import net from 'node:net';
import { resolve } from 'node:path';
import type { ResolvedListenOptions } from '../options/listening/listen-options.ts';

/** What a socket is bound to. */
export type BindOptions = Exclude<ResolvedListenOptions, { readonly fd: number }>;

/**
 * Binds a socket, on which nobody listens yet. The file of a unix-domain socket that is left over
 * from a program that was killed is replaced.
 *
 * @param options where
 * @returns the bound socket
 * @throws {Error} the system's error, with the address in its message
 */
export async function bindSocket(options: BindOptions): Promise<net.BoundSocket> {
  try {
    return 'path' in options ? await bindPath(options) : new net.BoundSocket(options);
  } catch (error) {
    throw namingAddress(
      error,
      'path' in options ? options.path : { ...options, address: options.host },
    );
  }
}

async function bindPath({
  path,
  mode,
}: Extract<BindOptions, { readonly path: string }>): Promise<net.BoundSocket> {
  const bound = await bindOrReplace(path);
  // Nobody can connect before somebody listens.
  if (mode !== undefined) chmodSync(path, mode);
  return bound;
}

async function bindOrReplace(path: string): Promise<net.BoundSocket> {
  try {
    return bind(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !(await isStale(path)))
      throw error;
  }
  unlinkSync(path);
  return bind(path);
}

function bind(path: string): net.BoundSocket {
  // Node takes a path here as well, which its type declarations do not say yet.
  const options: net.BoundSocketOptions & { readonly path: string } = { path };
  return new net.BoundSocket(options);
}

/** Whether a file is a socket that no program has any more. */
async function isStale(path: string): Promise<boolean> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true || isBound(path))
    return false;
  const { promise, resolve: conclude } = Promise.withResolvers<boolean>();
  const client = net
    .connect(path)
    .once('connect', () => conclude(false))
    .once('error', ({ code }: NodeJS.ErrnoException) => conclude(code === 'ECONNREFUSED'));
  try {
    return await promise;
  } finally {
    client.destroy();
  }
}

/** Whether a program has the socket and does not listen yet, where the system tells. */
function isBound(path: string): boolean {
  if (process.platform !== 'linux') return false;
  const wanted = resolve(path);
  return readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .some((line) => {
      // Num RefCount Protocol Flags Type St Inode Path
      const bound = /^(?:\S+\s+){7}(\/.*|[^@\s].*)$/.exec(line)?.[1];
      return bound !== undefined && resolve(bound) === wanted;
    });
}

/**
 * Puts an address into the system's error, which names none for a socket that is bound already.
 *
 * @param error what was thrown
 * @param place the path of a unix-domain socket, or the address
 */
export function namingAddress(
  error: unknown,
  place: string | { readonly address: string; readonly port: number },
): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const { code, errno, syscall } = error as NodeJS.ErrnoException;
  const isPath = typeof place === 'string';
  const where = isPath ? `'${place}'` : `${place.address} port ${place.port}`;
  const message = `Cannot listen on ${where}: ${REASONS[String(code)] ?? error.message} (${code})`;
  return Object.assign(new Error(message, { cause: error }), {
    code,
    errno,
    syscall,
    ...(isPath ? { address: place } : { address: place.address, port: place.port }),
  });
}

/** What the commonest codes mean here. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use',
  EACCES: 'this user or this folder does not allow it',
  EINVAL: 'it is too long for the path of a socket, or no address',
};
