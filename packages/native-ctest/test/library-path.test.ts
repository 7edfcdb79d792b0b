import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { CtestLibraryError, openFunctions, resolveLibraryPath } from '../src/index.ts';

const compiler = spawnSync(process.env['CC'] || 'cc', ['--version']).status === 0;
let cacheDirectory = '';

beforeEach(() => {
  cacheDirectory = mkdtempSync(join(tmpdir(), 'native-ctest-'));
});

afterEach(() => {
  rmSync(cacheDirectory, { recursive: true, force: true });
});

test.skipIf(!compiler)('the library is compiled once, and works', () => {
  const path = resolveLibraryPath({ compile: true, cacheDirectory });
  expect(resolveLibraryPath({ compile: true, cacheDirectory, compiler: 'cc' })).toBeTypeOf(
    'string',
  );
  expect(openFunctions({ path }).sum([1, 2])).toBe(3);
  expect(readdirSync(cacheDirectory).every((name) => name.startsWith('libctest-'))).toBe(true);
});

test('without a prebuilt library and a compiler the error names both', () => {
  const attempt = (): string =>
    resolveLibraryPath({ compile: true, cacheDirectory, compiler: 'no-such-cc' });
  expect(attempt).toThrow(CtestLibraryError);
  expect(attempt).toThrow(/no prebuilt package and no C compiler 'no-such-cc'/);
  expect(readdirSync(cacheDirectory)).toEqual([]);
});
