import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { backendAvailability } from '@sockpool/typed-ffi';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const compiler = spawnSync(process.env['CC'] || 'cc', ['--version']).status === 0;
const here = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const packages = dirname(here);
let project = '';

/** Installs what npm installs with `--omit=optional`: no library, and no binary of ffi-rs. */
function install(name: string, from: string, entries: readonly string[]): void {
  const target = join(project, 'node_modules', name);
  mkdirSync(target, { recursive: true });
  for (const entry of entries) cpSync(join(from, entry), join(target, entry), { recursive: true });
}

function run(env: NodeJS.ProcessEnv): string {
  const inherited = { ...process.env };
  // pnpm names its own folders there.
  for (const name of ['NODE_PATH', 'SOCKPOOL_FFI_BACKEND']) delete inherited[name];
  const all = {
    ...inherited,
    XDG_CACHE_HOME: join(project, 'cache'),
    NODE_NO_WARNINGS: '1',
    ...env,
  };
  const { stdout, stderr } = spawnSync(process.execPath, ['program.mjs'], {
    cwd: project,
    env: all,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

describe.skipIf(!compiler)('Without optional dependencies', () => {
  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'native-ctest-omit-'));
    install('@sockpool/native-ctest', join(packages, 'native-ctest'), [
      'dist',
      'c',
      'package.json',
    ]);
    install('@sockpool/typed-ffi', join(packages, 'typed-ffi'), ['dist', 'shim', 'package.json']);
    install('@sockpool/option-checks', join(packages, 'option-checks'), ['dist', 'package.json']);
    const ffiRs = dirname(createRequire(import.meta.url).resolve('ffi-rs'));
    install('ffi-rs', ffiRs, ['index.js', 'package.json']);
    writeFileSync(
      join(project, 'program.mjs'),
      `import { resolveLibraryPath, sum } from '@sockpool/native-ctest';
       console.log(resolveLibraryPath().includes('cache/sockpool-native-ctest'));
       try { console.log(sum([1, 2])); } catch (error) { console.log(error.code, error.message); }`,
    );
  });

  afterAll(() => {
    rmSync(project, { recursive: true, force: true });
  });

  test('the library is compiled, and the error of ffi-rs says what to do', () => {
    expect(run({})).toMatch(
      /^true\nERR_FFI_BACKEND_UNAVAILABLE Cannot use ffi-rs .*--omit=optional.*'node:ffi'/,
    );
  });

  test.runIf(backendAvailability('node:ffi').available)('node:ffi makes the calls', () => {
    expect(run({ SOCKPOOL_FFI_BACKEND: 'node:ffi' })).toBe('true\n3\n');
  });
});
