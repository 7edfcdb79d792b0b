import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand, tryCommand } from './command.ts';
import { type BomComponent, doubtfulLicenses } from './licenses.ts';
import type { Registry } from './registry.ts';
import type { HeldBack, Releasable } from './release-plan.ts';
import type { PublishedPackage } from './workspace.ts';

/** Finds out what a package lacks that only another machine can make, by its own `prepublishOnly`. */
export async function lackOf(root: string, one: PublishedPackage): Promise<Releasable> {
  if (one.prepublish === undefined) return one;
  const result = await tryCommand('pnpm', ['run', 'prepublishOnly'], {
    cwd: path.join(root, one.folder),
  });
  if (result.status === 0) return one;
  // pnpm tells first what it runs.
  const words = result.stderr
    .split('\n')
    .find((line) => line.trim() !== '' && !/^(?:\$ |\[WARN\])/.test(line));
  return { ...one, lacks: words ?? `its prepublishOnly ends with exit code ${result.status}` };
}

/** The working tree is what the last commit says. */
export async function checkTree(root: string): Promise<string> {
  const changed = (await runCommand('git', ['status', '--porcelain'], { cwd: root })).trimEnd();
  if (changed !== '')
    throw new Error(`Cannot release uncommitted changes: commit or remove them\n${changed}`);
  const commit = await runCommand('git', ['rev-parse', '--short', 'HEAD'], { cwd: root });
  return `clean, at ${commit.trim()}`;
}

/** No changeset waits for its version. */
export async function checkChangesets(root: string): Promise<string> {
  const waiting = (await runCommand('git', ['ls-files', '.changeset/*.md'], { cwd: root }))
    .split('\n')
    .filter((file) => file !== '' && !file.endsWith('README.md'));
  if (waiting.length > 0)
    throw new Error(
      `Cannot release: ${waiting.length} changesets have no version yet; run 'pnpm version-packages', read the changelogs and commit`,
    );
  return 'all are in the changelogs';
}

/** Somebody is signed in. */
export async function checkRegistry(registry: Registry): Promise<string> {
  return `${await registry.user()} is signed in`;
}

/** A package, and where it says that its sources are. */
interface Sourced {
  readonly name: string;
  readonly repository?: string;
}

/**
 * Provenance can be given, when it is asked for: this machine can prove who it is, and each package
 * names the repository that it is built from. A registry refuses the tarballs of others, one by one
 * and in the middle of a release.
 */
export function checkProvenance(
  packages: readonly Sourced[],
  isWanted: boolean,
  env: NodeJS.ProcessEnv = process.env,
): string {
  if (!isWanted) return 'none is asked for';
  if (!canProve(env))
    throw new Error(
      'Cannot give provenance: it needs a job of GitHub Actions with the permission id-token: write, or of GitLab with SIGSTORE_ID_TOKEN',
    );
  const built = env['GITHUB_REPOSITORY'] ?? env['CI_PROJECT_PATH'];
  if (built === undefined) return 'it can be given; the CI does not name its repository';
  const others = packages.filter(({ repository = '' }) => {
    const place = repository.replace(/\.git$/, '');
    return !place.endsWith(`/${built}`) && !place.endsWith(`:${built}`);
  });
  if (others.length > 0)
    throw new Error(
      `Cannot give provenance of ${others.map(({ name }) => name).join(', ')}: they are built in ${built}, which is not the repository of their package.json`,
    );
  return `from ${built}`;
}

/** Whether this machine can say by whom and from what a tarball was made. */
export function canProve(env: NodeJS.ProcessEnv = process.env): boolean {
  return (
    env['ACTIONS_ID_TOKEN_REQUEST_URL'] !== undefined || env['SIGSTORE_ID_TOKEN'] !== undefined
  );
}

/** The dependencies' licenses ask for nothing but a notice; writes the SBOM of each package. */
export async function checkLicenses(
  root: string,
  packages: readonly Releasable[],
  folder: string,
): Promise<string> {
  const filters = packages.map(({ name }) => `--filter=${name}`);
  await runCommand(
    'pnpm',
    [
      'sbom',
      '--sbom-format=cyclonedx',
      '--prod',
      '--split',
      `--out=${path.join(folder, '%s.cdx.json')}`,
      ...filters,
    ],
    { cwd: root },
  );
  const doubtful = new Set<string>();
  const components = new Set<string>();
  for (const { name } of packages) {
    const file = path.join(folder, `${name.replace(/^@/, '').replaceAll('/', '-')}.cdx.json`);
    const bom = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly components?: readonly BomComponent[];
    };
    for (const one of bom.components ?? [])
      components.add(`${one.group ?? ''}/${one.name}@${one.version ?? ''}`);
    for (const line of doubtfulLicenses(bom.components ?? [])) doubtful.add(`${line} (of ${name})`);
  }
  if (doubtful.size > 0)
    throw new Error(`Cannot release: licenses to look at\n${[...doubtful].join('\n')}`);
  return `${components.size} components, ${packages.length} SBOMs in ${path.relative(root, folder)}`;
}

/** One check by its name. */
export interface Check {
  readonly name: string;
  /** Says what is right, or throws. */
  run(): string | Promise<string>;
}

/** Runs all checks, and tells each; a failed one keeps none of the others from running. */
export async function runChecks(
  checks: readonly Check[],
  say: (line: string) => void,
): Promise<boolean> {
  let isRight = true;
  for (const { name, run } of checks) {
    try {
      say(`ok      ${name}: ${await run()}`);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      isRight = false;
      say(`FAILED  ${name}: ${error.message}`);
    }
  }
  return isRight;
}

/** Tells what stays out of the release. */
export function tellHeldBack(heldBack: readonly HeldBack[], say: (line: string) => void): void {
  for (const { name, reason } of heldBack) say(`held    ${name}: ${reason}`);
}
