// Packs every published package, installs the tarballs together in an empty project, and runs
// there a program for each, packed/<name>.ts, after checking its types. The packages must be
// built, and pnpm be on PATH: `pnpm check:packed` sees to both.
import path from 'node:path';
import { pack, type PackedPackage, PackedProject } from './packed-project.ts';
import { isPublished, readWorkspace } from './workspace-packages.ts';

const PROGRAMS = path.join(import.meta.dirname, 'packed');
/** What the programs use besides the packages. */
const FIXTURES = ['upper-case-handler.ts'];

const failures = new Set<string>();

/** Does something for a package, or for all; a failure is told and remembered. */
function attempt(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    failures.add(what);
    process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** Looks for what a tarball lacks, and for what nobody needs. */
function checkContent({ files }: PackedPackage): void {
  const names = files.map((file) => file.path);
  const missing = ['LICENSE', 'README.md'].filter((name) => !names.includes(name));
  const needless = names.filter((name) => /\.test\.|(?:^|\/)(?:test|bench)\//.test(name));
  if (missing.length > 0) throw new Error(`the tarball has no ${missing.join(', ')}`);
  if (needless.length > 0) throw new Error(`the tarball has ${needless.join(', ')}`);
}

attempt('Packed packages', () => {
  using project = new PackedProject();
  const published = readWorkspace().filter(isPublished);
  const packed = published.map((pkg) =>
    Object.assign(pack(pkg, project.folder), { os: pkg.manifest.os }),
  );
  project.install(packed);
  project.copy(PROGRAMS, FIXTURES);
  for (const one of packed) {
    const program = `${path.basename(one.name)}.ts`;
    attempt(one.name, () => checkContent(one));
    if (one.os !== undefined && !project.has(one.name)) {
      process.stdout.write(`${one.name}: packed; not for ${process.platform} ${process.arch}\n`);
      continue;
    }
    const startMs = performance.now();
    attempt(one.name, () => {
      project.copy(PROGRAMS, [program]);
      project.run(program);
    });
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    const size = `${one.files.length} files, ${Math.ceil(one.size / 1_000)} kB`;
    process.stdout.write(`${one.name} ${one.version} (${size}): used in ${seconds} s\n`);
  }
  attempt('Types of the programs', () => project.checkTypes());
});
if (failures.size > 0) {
  process.stderr.write(`Packed packages: failed: ${[...failures].join(', ')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write('Packed packages: all are in order\n');
}
