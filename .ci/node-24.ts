import { existsSync } from 'node:fs';
import path from 'node:path';
import { isPublished, ROOT, SCOPE, type WorkspacePackage } from './workspace-packages.ts';

/** Node 24, if npm has it for this platform (see optionalDependencies in package.json). */
export const NODE_24: string = path.join(import.meta.dirname, 'node_modules/.bin/node');

/** Whether the pools are also run on Node 24: not where it isn't installed on purpose. */
export function hasNode24(): boolean {
  return existsSync(NODE_24) || (process.platform === 'linux' && process.arch === 'x64');
}

/** Picks the packages whose tests are also run on Node 24: the pools. */
export function node24Packages(packages: readonly WorkspacePackage[]): WorkspacePackage[] {
  return packages.filter(
    (pkg) =>
      isPublished(pkg) &&
      pkg.manifest.scripts?.['test'] !== undefined &&
      pkg.manifest.dependencies?.[`${SCOPE}pool-core`] !== undefined,
  );
}

/** Where a package's results on Node 24 go, apart from the ones that turbo caches. */
export function node24Results({ folder }: WorkspacePackage): string {
  return path.join(ROOT, '.ci/node-24', path.basename(folder), 'test-results.json');
}
