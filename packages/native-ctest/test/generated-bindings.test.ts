import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { checkCtestLayouts } from '../src/ctest-bindings.ts';

const compiler = spawnSync(process.env['CC'] || 'cc', ['--version']).status === 0;
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const header = path('../../../native/include/ctest.h');
const cli = join(
  createRequire(import.meta.url).resolve('@sockpool/typed-ffi/package.json'),
  '../dist/cli/main.js',
);

/** What is left when the formatter's choices are taken out. */
function unformatted(text: string): string {
  return text.replace(/\s+/g, '').replace(/,([)\]}])/g, '$1');
}

test.skipIf(!compiler)('the bindings are those that the generator makes of ctest.h', () => {
  const hints = path('../ctest-hints.json');
  const generated = execFileSync(
    process.execPath,
    [cli, 'generate', header, '--hints', hints, '--off-thread', 'visit_tokens'],
    { encoding: 'utf8' },
  );
  const committed = readFileSync(path('../src/ctest-bindings.ts'), 'utf8');
  expect(unformatted(committed)).toBe(unformatted(generated));
});

test.skipIf(!compiler)('the declared structs have the layout of the C compiler', async () => {
  await checkCtestLayouts({ headers: [header] });
});
