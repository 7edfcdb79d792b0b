import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './running-peer.ts';

/** The peers from npm, at the versions that are compared. */
const PACKAGES: Readonly<Record<string, string>> = {
  '@platformatic/node': '3',
  pm2: '7',
  wattpm: '3',
};

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
}

/** Where peers from npm are. */
export interface InstalledPeers {
  versionOf(name: string): Promise<string | undefined>;
  /** Returns the file of the command of the same name. */
  bin(name: string): Promise<string>;
  /** The folder that holds all of them. */
  readonly modules: string;
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
  const wanted = JSON.stringify({ private: true, dependencies: PACKAGES });
  const own = join(folder, 'package.json');
  const isThere =
    (await readFile(own, 'utf8').catch(() => '')) === wanted &&
    Object.keys(PACKAGES).every((name) => existsSync(manifestOf(name)));
  if (!isThere) {
    await mkdir(folder, { recursive: true });
    await writeFile(own, wanted);
    await run('npm', ['install', '--no-fund', '--no-audit', '--ignore-scripts'], { cwd: folder });
  }
  const modules = join(folder, 'node_modules');
  const read = async (name: string): Promise<Manifest> =>
    JSON.parse(await readFile(manifestOf(name), 'utf8')) as Manifest;
  return {
    modules,
    versionOf: async (name) => (await read(name)).version,
    bin: async (name) => join(modules, name, (await read(name)).bin[name] ?? ''),
  };
}
