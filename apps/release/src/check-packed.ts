/**
 * Packs every published package, installs the tarballs together in an empty project, and runs there
 * a program for each, `programs/<name>.ts`, after checking its types. The packages must be built, and
 * pnpm be on PATH: `pnpm check:packed` sees to both.
 *
 * @module
 */
import path from 'node:path';
import { PackedProject } from './packed-project.ts';
import { packTarball, type Tarball } from './tarball.ts';
import { readPublished, ROOT } from './workspace.ts';

/** What the programs use besides the packages. */
const FIXTURES = ['upper-case-handler.ts'];

const failures = new Set<string>();

/** Does something for a package, or for all; a failure is told and remembered. */
async function attempt(what: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    failures.add(what);
    process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

await attempt('Packed packages', async () => {
  using project = new PackedProject();
  const tarballs: Tarball[] = [];
  const elsewhere = new Set<string>();
  for (const one of readPublished(ROOT)) {
    if (one.isOfOnePlatform) elsewhere.add(one.name);
    await attempt(one.name, async () => {
      tarballs.push(await packTarball(ROOT, one, project.folder));
    });
  }
  await project.install(tarballs);
  project.copy(FIXTURES);
  for (const { name, version, fileCount, size } of tarballs) {
    if (elsewhere.has(name) && !project.has(name)) {
      process.stdout.write(`${name}: packed; not for ${process.platform} ${process.arch}\n`);
      continue;
    }
    const program = `${path.basename(name)}.ts`;
    const startMs = performance.now();
    await attempt(name, async () => {
      project.copy([program]);
      await project.run(program);
    });
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    const content = `${fileCount} files, ${Math.ceil(size / 1_000)} kB`;
    process.stdout.write(`${name} ${version} (${content}): used in ${seconds} s\n`);
  }
  await attempt('Types of the programs', () => project.checkTypes());
});
if (failures.size > 0) {
  process.stderr.write(`Packed packages: failed: ${[...failures].join(', ')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write('Packed packages: all are in order\n');
}
