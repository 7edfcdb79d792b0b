// Packs every published package, installs the tarballs together in an empty project, and runs
// there a program for each, packed/<name>.ts, after checking its types. The packages must be
// built, and pnpm be on PATH: `pnpm check:packed` sees to both.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { isForThisPlatform, pack, type PackedPackage, PackedProject } from './packed-project.ts';
import { isPublished, readWorkspace } from './workspace-packages.ts';

const PROGRAMS = path.join(import.meta.dirname, 'packed');
/** What the programs use besides the packages. */
const FIXTURES = ['upper-case-handler.ts'];
const PROGRAM_TIMEOUT_MS = 60_000;

const published = readWorkspace().filter(isPublished);
const failures: string[] = [];

/** Does something for a package, or for all; a failure is told and remembered. */
function attempt(what: string, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    failures.push(what);
    process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  }
}

/** Says what is wrong with a tarball's content. */
function contentErrors({ files }: PackedPackage, manifest: object): string[] {
  const missing = ['LICENSE', 'README.md'].filter((name) => !files.includes(name));
  const needless = files.filter((name) => /\.test\.|(?:^|\/)(?:test|bench)\//.test(name));
  const protocol = /"(?:workspace|catalog|link|file):[^"]*"/.exec(JSON.stringify(manifest));
  return [
    ...missing.map((name) => `the tarball has no ${name}`),
    ...needless.map((name) => `the tarball has ${name}`),
    ...(protocol === null ? [] : [`the published package.json contains ${protocol[0]}`]),
  ];
}

function check(): void {
  using project = new PackedProject();
  const packed = published.map((pkg) => ({ ...pack(pkg, project.folder), pkg }));
  const here = packed.filter(({ pkg }) => isForThisPlatform(pkg.manifest));
  const ready = here.filter(({ name, shortName }) =>
    attempt(name, () => {
      if (existsSync(path.join(PROGRAMS, `${shortName}.ts`))) return;
      throw new Error(`it is published, so it needs a smoke program: .ci/packed/${shortName}.ts`);
    }),
  );
  project.install(here, packed);
  project.copy(PROGRAMS, [...FIXTURES, ...ready.map(({ shortName }) => `${shortName}.ts`)]);
  attempt('Types of the smoke programs', () => project.checkTypes());

  for (const one of ready) {
    const startMs = performance.now();
    const complete = attempt(one.name, () => {
      const errors = contentErrors(one, project.manifest(one.name));
      if (errors.length > 0) throw new Error(errors.join('; '));
    });
    const works = attempt(one.name, () => project.run(`${one.shortName}.ts`, PROGRAM_TIMEOUT_MS));
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    const size = `${one.files.length} files, ${Math.ceil(one.bytes / 1_000)} kB`;
    if (complete && works) {
      process.stdout.write(`${one.name} ${one.version} (${size}): used in ${seconds} s\n`);
    }
  }
  for (const { name } of packed.filter((one) => !here.includes(one))) {
    process.stdout.write(`${name}: packed; not for ${process.platform} on ${process.arch}\n`);
  }
}

attempt('Packed packages', check);
if (failures.length > 0) {
  process.stderr.write(`Packed packages: failed: ${[...new Set(failures)].join(', ')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`Packed packages: ${published.length} are in order\n`);
}
