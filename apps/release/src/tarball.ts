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
  /** Its size in bytes. */
  readonly size: number;
  /** How many files are in it. */
  readonly fileCount: number;
  /** What the registry will call its content. */
  readonly integrity: string;
}

/**
 * Packs a built package.
 *
 * @throws {Error} when the tarball lacks its license, its README or, from its second version on, its
 *   changelog, or has tests or benchmarks in it
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
  const files = packed.files.map((file) => file.path);
  const wanted = ['LICENSE', 'README.md', ...(version === '0.0.0' ? [] : ['CHANGELOG.md'])];
  const missing = wanted.filter((file) => !files.includes(file));
  if (missing.length > 0) throw new Error(`Cannot pack ${name}: it has no ${missing.join(', ')}`);
  const needless = files.filter((file) => /\.test\.|(?:^|\/)(?:test|bench)\//.test(file));
  if (needless.length > 0) throw new Error(`Cannot pack ${name}: it has ${needless.join(', ')}`);
  const file = path.resolve(to, packed.filename);
  const content = readFileSync(file);
  const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`;
  return { name, version, file, size: content.length, fileCount: files.length, integrity };
}
