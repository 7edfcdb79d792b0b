// Fails, one line each, on imports and file names that break ARCHITECTURE's layering.
// The rules, and the table of allowed imports, are in layering-rules.ts.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type LayeredPackage, layeringErrors, type SourceFile } from './layering-rules.ts';
import { moduleImports } from './module-imports.ts';
import { readWorkspace, ROOT, type WorkspacePackage } from './workspace-packages.ts';

const FILES = '{src,test,bench}/**/*.*';
const CODE = /\.[cm]?[jt]s$/;

function readFile(folder: string, name: string): SourceFile {
  const file = path.join(folder, name);
  return {
    path: name.replaceAll(path.sep, '/'),
    imports: CODE.test(name)
      ? moduleImports(file, readFileSync(path.join(ROOT, file), 'utf8'))
      : [],
  };
}

function readLayeredPackage(pkg: WorkspacePackage): LayeredPackage {
  const names = globSync(FILES, {
    cwd: path.join(ROOT, pkg.folder),
    exclude: (name) => name === 'node_modules',
  });
  return { ...pkg, files: names.toSorted().map((name) => readFile(pkg.folder, name)) };
}

const packages = readWorkspace().map(readLayeredPackage);
const errors = layeringErrors(packages);
for (const error of errors) process.stderr.write(`${error}\n`);
if (errors.length > 0) {
  process.stderr.write(`Layering: ${errors.length} problems\n`);
  process.exitCode = 1;
} else {
  const files = packages.reduce((sum, pkg) => sum + pkg.files.length, 0);
  process.stdout.write(`Layering: ${files} files of ${packages.length} packages are in order\n`);
}
