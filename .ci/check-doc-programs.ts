// Fails with the compiler's words, by document and line, when a program of a README or a guide does
// not compile against the packages as they are built.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { importedBy, packagesOf, programsOf } from './doc-programs.ts';
import { readWorkspace, ROOT } from './workspace-packages.ts';

const DOCUMENTS = ['*.md', 'docs/**/*.md', '{packages,apps}/*/README.md', 'native/README.md'];

/** What programs use and leave to their reader to make. */
const GIVEN = path.join(import.meta.dirname, 'documented');

const COMPILER_OPTIONS = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  experimentalDecorators: true,
  allowImportingTsExtensions: true,
  allowJs: true,
  skipLibCheck: true,
  noEmit: true,
};

const workspace = readWorkspace();

/** Where a package is that a program imports: in the workspace, or installed for a package of it. */
function findPackage(name: string): string | undefined {
  const own = workspace.find(({ manifest }) => manifest.name === name);
  if (own !== undefined) return path.join(ROOT, own.folder);
  return ['', ...workspace.map(({ folder }) => folder)]
    .map((folder) => path.join(ROOT, folder, 'node_modules', name))
    .find((candidate) => existsSync(candidate));
}

/** Writes the programs of all documents into a folder, with what they import. */
function writePrograms(folder: string, documents: readonly string[]): number {
  const names = readFileSync(path.join(GIVEN, 'names.d.ts'), 'utf8');
  const packages = new Set(
    Array.from(names.matchAll(/import\('([^']+)'\)/g), ([, name = '']) => name),
  );
  let count = 0;
  const all = documents.map((document) => ({
    document,
    programs: programsOf(readFileSync(path.join(ROOT, document), 'utf8')),
  }));
  for (const { document, programs } of all) {
    count += programs.length;
    const target = path.join(folder, document);
    mkdirSync(target, { recursive: true });
    const elsewhere = all.flatMap((other) => (other.programs === programs ? [] : other.programs));
    for (const imported of importedBy(programs, elsewhere))
      writeFileSync(path.join(target, imported.fileName), imported.text);
    for (const program of programs) {
      writeFileSync(path.join(target, program.fileName), program.text);
      for (const name of packagesOf(program)) packages.add(name);
      for (const given of globSync('*-bindings.ts', { cwd: GIVEN })) {
        if (program.text.includes(`'./${given}'`))
          copyFileSync(path.join(GIVEN, given), path.join(target, given));
      }
    }
  }
  for (const name of [...packages]
    .flatMap((imported) => [imported, `@types/${imported}`])
    .concat('@types/node')) {
    const found = findPackage(name);
    if (found === undefined) continue;
    const link = path.join(folder, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(found, link);
  }
  return count;
}

const documents = globSync(DOCUMENTS, { cwd: ROOT }).toSorted();
const folder = mkdtempSync(path.join(tmpdir(), 'sockpool-docs-'));
try {
  const count = writePrograms(folder, documents);
  copyFileSync(path.join(GIVEN, 'names.d.ts'), path.join(folder, 'names.d.ts'));
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['**/*.ts', '**/*.js'] }),
  );
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [tsc, '-p', '.', '--pretty', 'false'],
    { cwd: folder, encoding: 'utf8' },
  );
  // The folder is the document: README.md/server.ts(12,3) is README.md:12:3.
  process.stderr.write(
    stdout.replaceAll(/^(\S+\.md)\/[\w.-]+\((\d+),(\d+)\)/gm, '$1:$2:$3') + stderr,
  );
  if (status === 0) {
    process.stdout.write(`Docs: ${count} programs of ${documents.length} documents compile\n`);
  } else {
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
