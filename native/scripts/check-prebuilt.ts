// Fails when the package in whose folder it is run has no library, or one for another
// platform: it is what keeps such a package from being published.
// node check-prebuilt.ts <target>
import { existsSync, readFileSync } from 'node:fs';

import { libraryErrors } from './library-errors.ts';
import { targetOf } from './prebuilt-targets.ts';

const [name = ''] = process.argv.slice(2);
const target = targetOf(name);
const file = `build/${target.file}`;
const errors = existsSync(file)
  ? libraryErrors(readFileSync(file), target)
  : ["it is not there; make it with CROSS_CC='zig cc' make -C native cross, then build"];

for (const error of errors) process.stderr.write(`${file} for ${name}: ${error}\n`);
if (errors.length > 0) process.exitCode = 1;
