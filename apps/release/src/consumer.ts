import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { runCommand } from './command.ts';

/** A package manager as users run it. */
export const MANAGERS: Readonly<Record<'npm' | 'pnpm' | 'yarn', readonly [string, ...string[]]>> = {
  npm: ['npm', 'install', '--no-audit', '--no-fund'],
  pnpm: ['npx', '-y', 'pnpm@12', 'install', '--ignore-scripts'],
  yarn: ['npx', '-y', 'yarn@1.22.22', 'install', '--no-progress', '--ignore-engines'],
};

/** A project of a user, who installs the packages from a registry and uses them. */
export interface Consumer {
  readonly manager: keyof typeof MANAGERS;
  /** The Node that it runs on. */
  readonly node: string;
  readonly registry: string;
  /** The packages, each at its default tag. */
  readonly packages: readonly string[];
  /** What the packages ask their users to install beside them, by name and range. */
  readonly peers: Readonly<Record<string, string>>;
}

/**
 * Installs the packages into an empty project and runs a program with each.
 *
 * @param folder an empty folder
 * @param programs the folder with a program for each package, called like it, and what they use
 * @throws {CommandError} when an installation or a program fails, with its last lines
 */
export async function consume(folder: string, programs: string, consumer: Consumer): Promise<void> {
  const { manager, node, registry, packages, peers } = consumer;
  mkdirSync(folder, { recursive: true });
  const latest = Object.fromEntries(packages.map((name) => [name, 'latest']));
  const dependencies = { ...peers, ...latest };
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies }),
  );
  writeFileSync(path.join(folder, '.npmrc'), `registry=${registry}\nupdate-notifier=false\n`);
  // JSON is YAML. What a rehearsal has just published is no danger to it.
  writeFileSync(
    path.join(folder, 'pnpm-workspace.yaml'),
    JSON.stringify({ pmOnFail: 'ignore', minimumReleaseAge: 0 }),
  );
  const env = {
    ...process.env,
    PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH']}`,
  };
  const [command, ...args] = MANAGERS[manager];
  await runCommand(command, args, { cwd: folder, env });
  for (const file of globSync('*.ts', { cwd: programs }))
    copyFileSync(path.join(programs, file), path.join(folder, file));
  for (const name of packages)
    await runCommand(node, [`${path.basename(name)}.ts`], { cwd: folder, env });
}

interface Manifest {
  readonly engines?: { readonly node?: string };
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

/**
 * What a package asks its users to install beside it, and what that asks for in its turn: yarn 1
 * installs neither by itself.
 *
 * @param manifestFile the package.json of the package, where what it asks for is installed
 */
export function requiredPeers(manifestFile: string): Record<string, string> {
  const { peerDependencies = {}, peerDependenciesMeta = {} } = readManifest(manifestFile);
  const { resolve } = createRequire(manifestFile);
  const peers: Record<string, string> = {};
  for (const [name, range] of Object.entries(peerDependencies)) {
    if (peerDependenciesMeta[name]?.optional === true) continue;
    Object.assign(peers, requiredPeers(resolve(`${name}/package.json`)), { [name]: range });
  }
  return peers;
}

/** Whether a package says that it works on a line of Node, by the first number of each range. */
export function worksOn(manifestFile: string, major: number): boolean {
  const { engines } = readManifest(manifestFile);
  return (engines?.node ?? '>=0').split('||').some((range) => {
    const [, operator, first] = /^\s*(\^|>=)\s*(\d+)/.exec(range) ?? [];
    return operator === '>=' ? major >= Number(first) : major === Number(first);
  });
}
