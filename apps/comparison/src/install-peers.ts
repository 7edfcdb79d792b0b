import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './running-peer.ts';

/** The peers from npm, at the versions that are compared. */
const PACKAGES: Readonly<Record<string, string>> = { pm2: '7' };

/** Where peers from npm are. */
export interface InstalledPeers {
  versionOf(name: string): Promise<string | undefined>;
  /** Returns the file of the command of the same name. */
  bin(name: string): string;
}

let installing: Promise<InstalledPeers> | undefined;

/** Installs the peers from npm, once, into a folder of their own: they are no dependencies of anybody. */
export async function installPeers(): Promise<InstalledPeers> {
  installing ??= install();
  return installing;
}

async function install(): Promise<InstalledPeers> {
  const folder = process.env['COMPARISON_PEERS'] ?? join(tmpdir(), 'sockpool-comparison-peers');
  const manifestOf = (name: string): string => join(folder, 'node_modules', name, 'package.json');
  if (!Object.keys(PACKAGES).every((name) => existsSync(manifestOf(name)))) {
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ private: true, dependencies: PACKAGES }),
    );
    await run('npm', ['install', '--no-fund', '--no-audit', '--ignore-scripts'], { cwd: folder });
  }
  return {
    versionOf: async (name) => {
      const manifest = JSON.parse(await readFile(manifestOf(name), 'utf8')) as { version: string };
      return manifest.version;
    },
    bin: (name) => join(folder, 'node_modules', name, 'bin', name),
  };
}
