import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { cString, fn, i32, library, type BackendName } from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';
import { compiledLibrary } from './fixtures/probe-library.ts';

/** Calls `answer` of a library in a process of its own, since the first opening decides on flags. */
async function answerOf(backend: BackendName, path: string, options: string): Promise<string> {
  const source = new URL('../src/index.ts', import.meta.url).href;
  const program = `
    import { cString, fn, library } from ${JSON.stringify(source)};
    const c = library(${JSON.stringify(path)}, { answer: fn([], cString) },
      { backend: ${JSON.stringify(backend)}, ...${options} });
    process.stdout.write(c.answer());`;
  const args = ['--input-type=module', '--eval', program];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

describeEachBackend((backend) => {
  const open = { backend } as const;
  // What is open in a process stays so: each backend has libraries of its own.
  const tag = backend.replace(/\W/, '_');

  test('what a library needs and nobody has is found when it is opened', () => {
    const path = compiledLibrary(
      `unresolved-${tag}`,
      'int no_such_function(void); int answer(int x) { return x; } int other(void) { return no_such_function(); }',
    );
    const declared = { answer: fn([i32], i32) };
    expect(() => library(path, declared, open)).toThrow(
      expect.objectContaining({
        code: 'ERR_FFI_LIBRARY_INVALID',
        message: expect.stringContaining('undefined symbol: no_such_function'),
      }),
    );
    expect(library(path, declared, { ...open, lazy: true }).answer(5)).toBe(5);
  });

  test('a library that needs a missing one is told by its name', () => {
    const gone = compiledLibrary('gone', 'int gone(void) { return 1; }', '', [
      '-Wl,-soname,libno-such-dependency.so.7',
    ]);
    const path = compiledLibrary(
      'needy',
      'int gone(void); int answer(void) { return gone(); }',
      '',
      [gone],
    );
    const declared = { answer: fn([], i32) };
    expect(() => library(path, declared, open)).toThrow(
      expect.objectContaining({
        code: 'ERR_FFI_LIBRARY_NOT_FOUND',
        message: expect.stringContaining('libno-such-dependency.so.7'),
      }),
    );
    const whole = compiledLibrary('whole', 'int answer(void) { return 42; }');
    // Absent, no library, needs an absent one: the list goes on.
    const list = ['/no/such/library.so', 'libno-such.so.9', import.meta.filename, path, whole];
    expect(library(list, declared, open).answer()).toBe(42);
    expect(() => library(list.slice(0, 3), declared, open)).toThrow(
      expect.objectContaining({
        code: 'ERR_FFI_LIBRARY_INVALID',
        message: expect.stringContaining('libno-such.so.9'),
      }),
    );
  });

  test.runIf(process.platform === 'linux')(
    'deepBind lets a library use what it is linked to, not what Node has',
    async () => {
      const own = compiledLibrary('own-zlib', 'const char *zlibVersion(void) { return "own"; }');
      const path = compiledLibrary(
        'linked',
        'const char *zlibVersion(void); const char *answer(void) { return zlibVersion(); }',
        '',
        [own],
      );
      expect(process.versions.zlib).toContain(await answerOf(backend, path, '{}'));
      expect(await answerOf(backend, path, '{ deepBind: true }')).toBe('own');
    },
  );

  test('a library that is opened globally lends its symbols', () => {
    const lender = compiledLibrary(`lender-${tag}`, `int lent_${tag}(void) { return 7; }`);
    const path = compiledLibrary(
      `borrower-${tag}`,
      `int lent_${tag}(void); int answer(void) { return lent_${tag}(); }`,
    );
    const declared = { answer: fn([], i32) };
    expect(() => library(path, declared, open)).toThrow(/undefined symbol: lent_/);
    library(lender, {}, { ...open, global: true });
    expect(library(path, declared, open).answer()).toBe(7);
  });

  test('options that do not exist are refused', () => {
    expect(() => library(null, {}, { ...open, deepbind: true } as never)).toThrow(
      new TypeError(
        'Unknown option deepbind of library(): did you mean deepBind? Allowed are backend, deepBind, global, lazy, missing, unsupported',
      ),
    );
    expect(() => library(null, {}, { ...open, unsupported: 'ignore' as never })).toThrow(TypeError);
  });

  test('text with a byte order mark keeps it', () => {
    const path = compiledLibrary(
      'mark',
      'const char *answer(void) { return "\\xef\\xbb\\xbfmarked"; }',
    );
    expect(library(path, { answer: fn([], cString) }, open).answer()).toBe('\u{feff}marked');
  });
});
