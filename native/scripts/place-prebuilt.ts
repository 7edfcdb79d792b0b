// Puts the library for a platform into the package in whose folder it is run: what
// `make cross` has made, or what was compiled here when this is that platform. Elsewhere
// there is nothing to put there, and the package is not installed. A
// cross-compiled library that is older than the sources does not count.
// node place-prebuilt.ts <target>
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { hostName, targetOf } from './prebuilt-targets.ts';

const [name = ''] = process.argv.slice(2);
const { file } = targetOf(name);
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const crossCompiled = path(`../prebuilt/${name}/${file}`);
const compiledHere = path(`../build/${file}`);
const changedMs = (at: string): number => statSync(at, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sourcesMs = Math.max(
  changedMs(path('../src/ctest.c')),
  changedMs(path('../include/ctest.h')),
);

let source: string | undefined;
if (changedMs(crossCompiled) >= sourcesMs) source = crossCompiled;
else if (hostName() === name && existsSync(compiledHere)) source = compiledHere;

rmSync('build', { recursive: true, force: true });
mkdirSync('build');
if (source !== undefined) copyFileSync(source, `build/${file}`);
// The build has an output in any case, which turbo keeps.
else writeFileSync('build/none.txt', `There is no library for ${name} here.\n`);
