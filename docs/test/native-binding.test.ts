import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { installPrograms, programsIn } from '@sockpool/pool-compliance';
import { backendAvailability, BACKENDS, fn, i32, library } from '@sockpool/typed-ffi';
import { describe, expect, test } from 'vitest';

const NODE_MODULES = new URL('../node_modules', import.meta.url);
const guide = (name: string): URL => new URL(`../${name}.md`, import.meta.url);

/** What a program says that it prints: the comments after `console.log`. */
function promisedBy(program: string): string[] {
  return Array.from(program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm), ([, text = '']) => text);
}

async function printsWhatItSays(document: string, name: string): Promise<void> {
  const program = (await programsIn(guide(document))).get(name);
  const folder = await installPrograms(NODE_MODULES, { [name]: program });
  const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: folder });
  expect(stdout.trimEnd().split('\n')).toEqual(promisedBy(program ?? ''));
}

function hasSqlite(): boolean {
  try {
    library(['libsqlite3.so.0', 'libsqlite3.dylib'], { sqlite3_threadsafe: fn([], i32) });
    return true;
  } catch {
    return false;
  }
}

const nodeFfi = backendAvailability('node:ffi').available;
const sqlite = nodeFfi && hasSqlite() ? '' : ' (skipped: no node:ffi, or no libsqlite3)';

describe('The guides to native bindings', () => {
  test.each(['native-binding', 'native-binding-backends'])(
    '%s.md has programs, each of which says what it prints',
    async (name) => {
      const programs = await programsIn(guide(name));
      expect(programs.size).toBeGreaterThan(0);
      for (const program of programs.values()) {
        expect(promisedBy(program).length).toBeGreaterThan(1);
      }
    },
  );

  test.each([
    ['native-binding', 'libc.ts'],
    ['native-binding', 'optional.ts'],
    ['native-binding-backends', 'isolate.ts'],
  ])('%s.md: %s prints what it says', printsWhatItSays);

  test.skipIf(sqlite !== '')(`native-binding.md: kept.ts prints what it says${sqlite}`, () =>
    printsWhatItSays('native-binding', 'kept.ts'),
  );

  test('there is a column for each backend, and a row for each error code', async () => {
    const backends = await readFile(guide('native-binding-backends'), 'utf8');
    for (const backend of BACKENDS) expect(backends).toMatch(new RegExp(`\\| +\`${backend}\``));
    const binding = await readFile(guide('native-binding'), 'utf8');
    const [, rows = ''] = binding.split('## Errors');
    const source = new URL('../../packages/typed-ffi/src/errors/errors.ts', import.meta.url);
    for (const [, code = ''] of (await readFile(source, 'utf8')).matchAll(/'(ERR_FFI_\w+)'/g)) {
      expect(rows).toContain(code.startsWith('ERR_FFI_ISOLATE') ? code.slice(15) : code);
    }
  });
});
