import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The repository's root folder. */
export const ROOT: string = path.join(import.meta.dirname, '../../..');

/** A package that the site documents. */
export interface PublishedPackage {
  readonly name: string;
  /** Its folder, absolute. */
  readonly folder: string;
}

/**
 * The packages that go to the registry and have an API: those with binaries alone have none.
 *
 * @param root the repository's root folder
 */
export function readPublishedPackages(root: string = ROOT): PublishedPackage[] {
  return globSync('packages/*/package.json', { cwd: root })
    .toSorted()
    .map((file) => {
      const folder = path.join(root, path.dirname(file));
      const {
        name,
        private: isPrivate,
        exports,
      } = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as {
        readonly name: string;
        readonly private?: boolean;
        readonly exports?: Readonly<Record<string, unknown>>;
      };
      return { name, folder, hasApi: isPrivate !== true && exports?.['.'] !== undefined };
    })
    .filter(({ hasApi }) => hasApi)
    .map(({ name, folder }) => ({ name, folder }));
}
