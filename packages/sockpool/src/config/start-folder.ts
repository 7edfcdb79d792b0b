import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';

/**
 * The folder in which the command was started, as the shell names it. It may be a symbolic link that a
 * deploy moves to the next release: Node's `process.cwd()` stays in the release that it named then.
 */
export const START_FOLDER: string = startFolder();

function startFolder(): string {
  const folder = process.cwd();
  const named = process.env['PWD'] ?? '';
  return isAbsolute(named) && realPath(named) === folder ? named : folder;
}

/**
 * Gives what a path has been resolved to by the links that the path has, which are followed anew by
 * each new worker.
 *
 * @param path as it was given, absolute
 * @param resolved the file that it leads to at the moment, without links
 */
export function throughLinks(path: string, resolved: string): string {
  for (const at of [path, dirname(path)]) {
    const within = relative(realPath(at) ?? at, resolved);
    if (!within.startsWith('..') && !isAbsolute(within)) return join(at, within);
  }
  return resolved;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
