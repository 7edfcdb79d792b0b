import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The peers from npm, and the packages of each at the versions that are compared. */
const PACKAGES = {
  bun: { bun: '1' },
  pm2: { pm2: '7' },
  watt: { '@platformatic/node': '3', wattpm: '3' },
} as const;

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
}

/** Where a peer from npm is. */
export interface InstalledPeer {
  versionOf(packageName: string): Promise<string>;
  /** Returns the file of a package's command; of the same name, if none is given. */
  bin(packageName: string, command?: string): Promise<string>;
  /** The folder that holds its packages. */
  readonly modules: string;
}

const installing = new Map<string, Promise<InstalledPeer>>();

/** The folder of what peers need: `COMPARISON_PEERS`, or one under the temporary folder. */
export function peersFolder(): string {
  return process.env['COMPARISON_PEERS'] ?? join(tmpdir(), 'sockpool-comparison-peers');
}

/** Installs a peer from npm, once, into a folder of its own: it is no dependency of anybody, and no script of it runs. */
export async function installPeer(name: keyof typeof PACKAGES): Promise<InstalledPeer> {
  const found = installing.get(name) ?? install(name);
  installing.set(name, found);
  return found;
}

async function install(name: keyof typeof PACKAGES): Promise<InstalledPeer> {
  const folder = join(peersFolder(), name);
  const dependencies = PACKAGES[name];
  const manifestOf = (each: string): string => join(folder, 'node_modules', each, 'package.json');
  const wanted = JSON.stringify({ private: true, dependencies });
  const own = join(folder, 'package.json');
  const isThere =
    (await readFile(own, 'utf8').catch(() => '')) === wanted &&
    Object.keys(dependencies).every((each) => existsSync(manifestOf(each)));
  if (!isThere) {
    await mkdir(folder, { recursive: true });
    await writeFile(own, wanted);
    const words = ['install', '--no-fund', '--no-audit', '--ignore-scripts'];
    await promisify(execFile)('npm', words, { cwd: folder });
  }
  const modules = join(folder, 'node_modules');
  const read = async (each: string): Promise<Manifest> =>
    JSON.parse(await readFile(manifestOf(each), 'utf8')) as Manifest;
  return {
    modules,
    versionOf: async (each) => (await read(each)).version,
    bin: async (each, command = each) => join(modules, each, (await read(each)).bin[command] ?? ''),
  };
}
