/**
 * Releases the packages: first checks everything that can fail, then publishes, so that users get
 * all of a release or nothing of it. It can be run again at any time.
 *
 * @module
 */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CommandError, runCommand } from './command.ts';
import {
  canProve,
  checkChangesets,
  checkLicenses,
  checkProvenance,
  checkRegistry,
  checkTree,
  lackOf,
  runChecks,
  tellHeldBack,
} from './preflight.ts';
import { publishRelease, sortTarballs } from './publish-release.ts';
import { Registry } from './registry.ts';
import { planRelease } from './release-plan.ts';
import { packTarball, type Tarball } from './tarball.ts';
import { readPublished, ROOT } from './workspace.ts';

const USAGE = `Usage: pnpm release [--dry-run] [--registry ADDRESS] [--provenance | --no-provenance]

Checks the tree, the changesets, the registry, the licenses, the binaries and the tarballs, and
only then publishes what the registry does not have. Whatever fails, run it again.

  --dry-run            check everything, publish nothing
  --registry ADDRESS   another registry than the one that pnpm is set to
  --provenance         say who made the tarballs, and from what; the default where a CI can
  --help`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function release(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      registry: { type: 'string' },
      provenance: { type: 'boolean', default: canProve() },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const registry = new Registry(ROOT, values.registry);
  const build = path.join(import.meta.dirname, '../build');
  const tarballFolder = path.join(build, 'tarballs');
  const bomFolder = path.join(build, 'sbom');
  for (const folder of [tarballFolder, bomFolder]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  const { published, heldBack } = planRelease(
    await Promise.all(readPublished(ROOT).map((one) => lackOf(ROOT, one))),
  );
  const tarballs: Tarball[] = [];
  let lackingCount = 0;
  const isRight = await runChecks(
    [
      { name: 'Tree', run: () => checkTree(ROOT) },
      { name: 'Changesets', run: () => checkChangesets(ROOT) },
      { name: 'Registry', run: () => checkRegistry(registry) },
      { name: 'Provenance', run: () => checkProvenance(published, values.provenance) },
      { name: 'Licenses', run: () => checkLicenses(ROOT, published, bomFolder) },
      {
        name: 'Tarballs',
        run: async () => {
          for (const one of published) tarballs.push(await packTarball(ROOT, one, tarballFolder));
          return `${tarballs.length} packed`;
        },
      },
      {
        name: 'Versions',
        run: async () => {
          const { there, lacking } = await sortTarballs(registry, tarballs);
          lackingCount = lacking.length;
          return `${lacking.length} to publish, ${there.length} in the registry already`;
        },
      },
    ],
    say,
  );
  tellHeldBack(heldBack, say);
  // The longest check: not for what another check has refused, nor for what is there already.
  const installed = {
    name: 'Installed',
    run: async (): Promise<string> => {
      await runCommand('pnpm', ['check:packed'], { cwd: ROOT });
      return 'each tarball installs, and a program runs with it';
    },
  };
  if (!isRight || (lackingCount > 0 && !(await runChecks([installed], say)))) {
    process.stderr.write('release: nothing was published: mend what failed above\n');
    return 1;
  }
  if (values['dry-run']) {
    say('Nothing was published: it was a dry run');
    return 0;
  }
  await publishRelease(registry, tarballs, { provenance: values.provenance, say });
  await runCommand('pnpm', ['exec', 'changeset', 'tag'], { cwd: ROOT });
  say(`Released ${tarballs.length} packages. Push the tags: git push --follow-tags`);
  return 0;
}

try {
  process.exitCode = await release(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const isUsage = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  const cause = error.cause instanceof CommandError ? `\n${error.cause.message}` : '';
  process.stderr.write(`release: ${error.message}${cause}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
