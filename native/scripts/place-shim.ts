// Puts typed-ffi's shim for each platform that there is one for into the package in whose
// folder it is run: what `make cross` has made from the present sources, and what `make` has
// made for this machine.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
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

/** Puts a file in place at once, for processes that are loading it; what is there may stay. */
function place(source: string, target: string): void {
  const bytes = readFileSync(source);
  if (existsSync(target) && readFileSync(target).equals(bytes)) return;
  const unfinished = `${target}.${process.pid}`;
  writeFileSync(unfinished, bytes, { mode: 0o755 });
  renameSync(unfinished, target);
}

mkdirSync('shim', { recursive: true });
for (const name of Object.keys(SHIM_TARGETS)) {
  const crossCompiled = path(`../prebuilt/shim/${shimFileName(name)}`);
  const target = `shim/${shimFileName(name)}`;
  if (changedMs(crossCompiled) >= sourcesMs && sourcesMs > 0) place(crossCompiled, target);
  else if (name === here && existsSync(compiledHere)) place(compiledHere, target);
  else rmSync(target, { force: true });
}
