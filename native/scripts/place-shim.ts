// Puts typed-ffi's shim for each platform that there is one for into the package in whose
// folder it is run: what `make cross` has made from the present sources, and what `make` has
// made for this machine.
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { SHIM_TARGETS, shimFileName } from './shim-targets.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const changedMs = (at: string): number => statSync(at, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const here = `${process.platform}-${process.arch}`;
const compiledHere = path(
  `../build/sockpool-shim.${process.platform === 'darwin' ? 'dylib' : 'so'}`,
);
const sourcesMs = Math.max(
  changedMs(path('../src/ffi-shim.c')),
  changedMs(path('../include/ffi-shim.h')),
);

rmSync('shim', { recursive: true, force: true });
mkdirSync('shim');
for (const name of Object.keys(SHIM_TARGETS)) {
  const crossCompiled = path(`../prebuilt/shim/${shimFileName(name)}`);
  const target = `shim/${shimFileName(name)}`;
  if (changedMs(crossCompiled) >= sourcesMs && sourcesMs > 0) copyFileSync(crossCompiled, target);
  else if (name === here && existsSync(compiledHere)) copyFileSync(compiledHere, target);
}
