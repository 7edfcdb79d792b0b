import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** What the checks read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package of the workspace. */
export interface WorkspacePackage {
  /** Its folder, relative to the root, with forward slashes. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The repository's root folder, with a trailing separator. */
export const ROOT: string = path.join(import.meta.dirname, '..', path.sep);

/** The scope of every package of the workspace. */
export const SCOPE = '@sockpool/';

/**
 * Reads every package that `pnpm-workspace.yaml` names, in the order of their folders.
 *
 * @param root the repository's root folder
 * @throws {SyntaxError} when a package.json isn't JSON
 */
export function readWorkspace(root: string = ROOT): WorkspacePackage[] {
  const workspace = parse(readFileSync(path.join(root, 'pnpm-workspace.yaml'), 'utf8')) as {
    readonly packages: readonly string[];
  };
  return workspace.packages
    .flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: root }))
    .map((file) => path.dirname(file).replaceAll(path.sep, '/'))
    .toSorted()
    .map((folder) => ({
      folder,
      manifest: JSON.parse(
        readFileSync(path.join(root, folder, 'package.json'), 'utf8'),
      ) as Manifest,
    }));
}

/** Whether a package goes to the registry. */
export function isPublished({ manifest }: WorkspacePackage): boolean {
  return manifest.private !== true;
}
