// Fails when the package in whose folder it is run lacks typed-ffi's shim for a platform, or
// has one for another: it is what keeps such a package from being published.
import { existsSync, readFileSync } from 'node:fs';

import { binaryErrors } from './library-errors.ts';
import { SHIM_FUNCTIONS, SHIM_TARGETS, shimFileName } from './shim-targets.ts';

const errors = Object.entries(SHIM_TARGETS).flatMap(([name, target]) => {
  const file = `shim/${shimFileName(name)}`;
  if (!existsSync(file)) {
    return [
      `${file} is not there; make it with CROSS_CC='zig cc' make -C native cross, then build`,
    ];
  }
  return binaryErrors(readFileSync(file), target, SHIM_FUNCTIONS).map(
    (error) => `${file}: ${error}`,
  );
});
for (const error of errors) process.stderr.write(`${error}\n`);
if (errors.length > 0) process.exitCode = 1;
