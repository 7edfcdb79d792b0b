import { resolve } from 'node:path';

import type { Backend, BackendLibrary, LinkOptions } from '../backend/backend.ts';
import { FfiError } from '../errors/errors.ts';
import { checkLibraryFile } from './library-file.ts';

/**
 * Where a library is: a path, a name that the system's linker finds (`libm.so.6`),
 * several of them of which the first that exists is taken, or null for the running
 * program and the C library.
 */
export type LibraryPath = string | null | readonly string[];

/**
 * Opens the first of several paths that can be opened.
 *
 * @throws {FfiError} with `ERR_FFI_LIBRARY_NOT_FOUND` or `ERR_FFI_LIBRARY_INVALID` when none can
 */
export function openFirst(
  backend: Backend,
  path: LibraryPath,
  link: LinkOptions,
): { opened: BackendLibrary; path: string | null } {
  const candidates: readonly unknown[] = Array.isArray(path) ? path : [path];
  if (candidates.length === 0)
    throw new TypeError('Cannot open a library: the list of paths is empty');
  const failures: FfiError[] = [];
  for (const candidate of candidates) {
    try {
      const checked = checkedPath(candidate);
      return { opened: backend.open(checked, link), path: checked };
    } catch (error) {
      if (!(error instanceof FfiError)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures as [FfiError];
  if (candidates.length === 1) throw first;
  // One that is there and cannot be used says more than those that are not there.
  const telling = failures.find(({ code }) => code !== 'ERR_FFI_LIBRARY_NOT_FOUND') ?? first;
  throw new FfiError(
    telling.code,
    `Cannot open any of ${candidates.map((one) => `'${String(one)}'`).join(', ')}: ` +
      failures.map(({ message }) => message).join('; '),
    { cause: telling },
  );
}

/** Makes a path absolute, so that it means the same library wherever it is opened. */
function checkedPath(path: unknown): string | null {
  if (path === null) return null;
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new TypeError(
      `Cannot open the library '${String(path)}': the path must be a string, or null for the program`,
    );
  }
  if (!path.includes('/') && !path.includes('\\')) return path;
  const absolute = resolve(path);
  checkLibraryFile(absolute, path);
  return absolute;
}
