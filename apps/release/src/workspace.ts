import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Releasable } from './release-plan.ts';

/** The repository's root folder. */
export const ROOT: string = path.join(import.meta.dirname, '../../..');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly repository?: { readonly url?: string };
  readonly os?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A package that goes to the registry, and the check that its author set before that. */
export interface PublishedPackage extends Releasable {
  /** Its `prepublishOnly`: it fails when something is missing that only another machine can make. */
  readonly prepublish?: string;
  /** Whether it is for one platform alone. */
  readonly isOfOnePlatform: boolean;
}

/** Reads the packages that go to the registry. */
export function readPublished(root: string): PublishedPackage[] {
  const { packages } = parse(readFileSync(path.join(root, 'pnpm-workspace.yaml'), 'utf8')) as {
    readonly packages: readonly string[];
  };
  return packages
    .flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: root }))
    .toSorted()
    .map((file) => ({
      folder: path.dirname(file),
      manifest: JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Manifest,
    }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => {
      const { name, version, scripts, dependencies, optionalDependencies } = manifest;
      const needs = Object.entries({ ...dependencies, ...optionalDependencies })
        .filter(([, range]) => range.startsWith('workspace:'))
        .map(([needed]) => needed);
      const prepublish = scripts?.['prepublishOnly'];
      const repository = manifest.repository?.url ?? '';
      const isOfOnePlatform = manifest.os !== undefined;
      const published = { name, version, folder, needs, repository, isOfOnePlatform };
      return prepublish === undefined ? published : Object.assign(published, { prepublish });
    });
}
