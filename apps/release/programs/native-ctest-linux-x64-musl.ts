import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const library = createRequire(import.meta.url).resolve('@sockpool/native-ctest-linux-x64-musl');
const bytes = await readFile(library);
assert.equal(bytes.toString('latin1', 0, 4), '\u007FELF');
