import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { CtestLibraryError, openFunctions, resolveLibraryPath } from '../src/index.ts';
import { resolveLibraryPathFor } from '../src/library-path.ts';

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
  expect(attempt).toThrow(
    /native-ctest-\S+ is not installed, and there is no C compiler 'no-such-cc' \(install gcc/,
  );
  expect(readdirSync(cacheDirectory)).toEqual([]);
});

test('what the compiler says is in the error, and nothing is left in the cache', () => {
  const attempt = (): string =>
    resolveLibraryPath({ compile: true, cacheDirectory, compiler: process.execPath });
  expect(attempt).toThrow(CtestLibraryError);
  expect(attempt).toThrow(/failed: Command failed: .*bad option/s);
  expect(readdirSync(cacheDirectory)).toEqual([]);
});

test.for([
  { platform: 'linux', arch: 'riscv64', libc: 'glibc' },
  { platform: 'freebsd', arch: 'x64', libc: undefined },
] as const)('on $platform $arch, which no package is for, the compiler is asked', (platform) => {
  expect(() => resolveLibraryPathFor(platform, { cacheDirectory, compiler: 'no-such-cc' })).toThrow(
    `native-ctest-${platform.platform}-${platform.arch}`,
  );
});

test('Windows is refused by a typed error, whatever compiler is there', () => {
  const windows = { platform: 'win32', arch: 'x64', libc: undefined } as const;
  expect(() => resolveLibraryPathFor(windows, { cacheDirectory })).toThrow(
    expect.objectContaining({
      code: 'ERR_CTEST_LIBRARY_UNAVAILABLE',
      message: 'Cannot make the C library for win32-x64: it is for Linux and macOS',
    }),
  );
  expect(readdirSync(cacheDirectory)).toEqual([]);
});

test('a cache that cannot be written is a typed error that says what to set', () => {
  // A file where a folder should be stops root too.
  const file = join(cacheDirectory, 'file');
  writeFileSync(file, '');
  const attempt = (): string =>
    resolveLibraryPath({ compile: true, cacheDirectory: join(file, 'cache') });
  expect(attempt).toThrow(CtestLibraryError);
  expect(attempt).toThrow(/cannot be written \(ENOTDIR.*set XDG_CACHE_HOME/);
});

test('a user without a home, or with one that cannot be written, gets a typed error', () => {
  const program = `
    import { resolveLibraryPath } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
    try { resolveLibraryPath({ compile: true }); } catch (error) {
      process.stdout.write(error.code + ' ' + error.message);
    }`;
  const { XDG_CACHE_HOME: _, ...env } = process.env;
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    // A file where a folder should be stops root too.
    env: { ...env, HOME: import.meta.filename },
    timeout: 60_000,
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  expect(run.stdout).toMatch(
    /^ERR_CTEST_LIBRARY_UNAVAILABLE Cannot make the C library.*cannot be written/,
  );
});
