import { existsSync, statSync } from 'node:fs';
import path from 'node:path';

/** Where the repository is read: what the site does not hold is linked to there. */
export const REPOSITORY = 'https://github.com/sockpool/sockpool';

/**
 * The address of a file or folder of the repository that is no page of the site.
 *
 * @param root the repository's root folder
 * @param target the file or folder, absolute
 * @param anchor with its `#`, or nothing
 * @throws {Error} when there is no such file or folder, or it lies outside of the repository
 */
export function repositoryAddress(root: string, target: string, anchor = ''): string {
  const relative = path.relative(root, target).replaceAll(path.sep, '/');
  if (relative.startsWith('..') || !existsSync(target))
    throw new Error(`Cannot link to '${relative}': the repository has no such file or folder`);
  const kind = statSync(target).isDirectory() ? 'tree' : 'blob';
  return `${REPOSITORY}/${kind}/main/${relative}${anchor}`;
}

/** Whether a link leads to another document: neither to a host, nor inside of its own page. */
export function isRelative(href: string): boolean {
  return !/^(?:[a-z][a-z+.-]*:|#|\/\/)/i.test(href);
}
