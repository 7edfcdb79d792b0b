import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { platformName, thisPlatform } from '../src/platform-name.ts';

const TARGETS = [
  'linux-x64-gnu',
  'linux-arm64-gnu',
  'linux-x64-musl',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
];
const here = platformName(thisPlatform());
const script = (name: string): string =>
  fileURLToPath(new URL(`../../../native/scripts/${name}`, import.meta.url));
const library = (target: string): string =>
  target.startsWith('darwin') ? 'libctest.dylib' : 'libctest.so';
const nativeBuild = fileURLToPath(
  new URL(`../../../native/build/${library(here)}`, import.meta.url),
);
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prebuilt-'));
  mkdirSync(join(folder, 'build'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(name: string, target: string): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [script(name), target], { cwd: folder, encoding: 'utf8' });
}

test.runIf(TARGETS.includes(here))("this platform's library is placed and passes the check", () => {
  expect(run('place-prebuilt.ts', here).status).toBe(0);
  expect(existsSync(join(folder, 'build', library(here)))).toBe(true);
  expect(run('check-prebuilt.ts', here)).toMatchObject({ status: 0, stderr: '' });
});

test.for(TARGETS)('a package for %s without a library is not published', (target) => {
  const { status, stderr } = run('check-prebuilt.ts', target);
  expect(status).toBe(1);
  expect(stderr).toContain('it is not there; make it with');
});

test.for(TARGETS.filter((target) => target !== here))(
  "this platform's library in the package for %s is not published",
  (target) => {
    copyFileSync(nativeBuild, join(folder, 'build', library(target)));
    const { status, stderr } = run('check-prebuilt.ts', target);
    expect(status).toBe(1);
    expect(stderr).toMatch(/it is (?:ELF|Mach-O) for|it does not name|it names/);
  },
);

test('what is no library, or one without the functions, is not published', () => {
  const file = join(folder, 'build/libctest.so');
  writeFileSync(file, 'no library');
  expect(run('check-prebuilt.ts', 'linux-x64-gnu').stderr).toContain('nothing that is known');
  const empty = Buffer.alloc(64);
  empty.write('\u007FELF', 'latin1');
  empty.writeUInt16LE(0x3e, 18);
  writeFileSync(file, empty);
  expect(run('check-prebuilt.ts', 'linux-x64-gnu').stderr).toMatch(
    /it lacks add, .*visit_tokens\n.*does not name libc\.so\.6/,
  );
});

test('an unknown platform is an error that lists all', () => {
  const { status, stderr } = run('place-prebuilt.ts', 'win32-x64-msvc');
  expect(status).toBe(1);
  expect(stderr).toContain(`must be one of ${TARGETS.join(', ')}`);
});

test.skipIf(spawnSync('make', ['--version']).status !== 0)(
  'the libraries come out the same from another folder, stripped and without its path',
  () => {
    const native = fileURLToPath(new URL('../../../native/', import.meta.url));
    const copy = join(folder, 'elsewhere', 'native');
    mkdirSync(copy, { recursive: true });
    for (const entry of ['Makefile', 'include', 'src']) {
      cpSync(join(native, entry), join(copy, entry), { recursive: true });
    }
    const make = spawnSync('make', ['all'], { cwd: copy, encoding: 'utf8' });
    expect(make.status, make.stderr).toBe(0);
    const built = readdirSync(join(copy, 'build'));
    expect(built.length).toBe(2);
    for (const file of built) {
      const [own, other] = [join(native, 'build', file), join(copy, 'build', file)].map((path) =>
        readFileSync(path),
      );
      if (own === undefined || other === undefined) throw new Error('both must be there');
      expect(own.equals(other), file).toBe(true);
      const text = own.toString('latin1');
      expect(text).not.toMatch(/\/elsewhere\/|\.symtab|\.debug_/);
      expect(text).not.toContain(native.slice(0, -1));
    }
  },
);

test.runIf(
  TARGETS.includes(here) && spawnSync(process.env['CC'] || 'cc', ['--version']).status === 0,
)('a library that is not stripped is not published', () => {
  const source = fileURLToPath(new URL('../../../native/src/ctest.c', import.meta.url));
  const include = fileURLToPath(new URL('../../../native/include', import.meta.url));
  const file = join(folder, 'build', library(here));
  const cc = process.env['CC'] || 'cc';
  const args = ['-g', '-shared', '-fPIC', `-I${include}`, '-o', file, source];
  expect(spawnSync(cc, args).status).toBe(0);
  const { status, stderr } = run('check-prebuilt.ts', here);
  expect(status).toBe(1);
  expect(stderr).toMatch(/it is not stripped|it holds the path/);
});
