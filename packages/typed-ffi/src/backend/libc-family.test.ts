import { expect, test } from 'vitest';

import { interpreterOf, runsOnMusl } from './libc-family.ts';

test.runIf(process.platform === 'linux')(
  'the linker of this Node says which C library it has',
  () => {
    const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
    expect(runsOnMusl()).toBe(header.glibcVersionRuntime === undefined);
    expect(interpreterOf(process.execPath)).toMatch(/ld-(?:linux|musl)/);
  },
);

test('what is no executable names no linker', () => {
  expect(interpreterOf(import.meta.filename)).toBe('');
});
