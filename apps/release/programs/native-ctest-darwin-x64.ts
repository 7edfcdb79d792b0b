import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const library = createRequire(import.meta.url).resolve('@sockpool/native-ctest-darwin-x64');
const bytes = await readFile(library);
assert.equal(bytes.readUInt32LE(0), 0xfeedfacf);
