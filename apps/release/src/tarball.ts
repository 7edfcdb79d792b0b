import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from './command.ts';
import type { Releasable } from './release-plan.ts';

/** A package as it goes to the registry. */
export interface Tarball {
  readonly name: string;
  readonly version: string;
  /** The tarball's path. */
  readonly file: string;
  /** What the registry will call its content. */
  readonly integrity: string;
}

/**
 * Packs a built package.
 *
 * @throws {Error} when the tarball lacks its license, its README or, from its second version on, its changelog
 */
export async function packTarball(
  root: string,
  { name, version, folder }: Releasable,
  to: string,
): Promise<Tarball> {
  const packed = JSON.parse(
    await runCommand('pnpm', ['pack', '--json', '--pack-destination', to], {
      cwd: path.join(root, folder),
    }),
  ) as { readonly filename: string; readonly files: readonly { readonly path: string }[] };
  const names = new Set(packed.files.map((file) => file.path));
  const wanted = ['LICENSE', 'README.md', ...(version === '0.0.0' ? [] : ['CHANGELOG.md'])];
  const missing = wanted.filter((file) => !names.has(file));
  if (missing.length > 0) throw new Error(`Cannot pack ${name}: it has no ${missing.join(', ')}`);
  const file = path.resolve(to, packed.filename);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  return { name, version, file, integrity };
}
