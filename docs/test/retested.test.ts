import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filesOf, ROOT } from './documents.ts';

/** The packages whose tests read a README, such as to run its programs. */
const readers = new Set(
  filesOf('packages/*/test/**/*.test.ts')
    .filter((name) => /README\.md/.test(readFileSync(new URL(name, ROOT), 'utf8')))
    .map((name) => name.split('/').slice(0, 2).join('/')),
);

test.each([...readers])('%s is tested again when a README changes that its tests read', (name) => {
  const settings = new URL(`${name}/turbo.json`, ROOT);
  expect(existsSync(settings)).toBe(true);
  // The repository's own inputs leave READMEs out.
  const { tasks } = JSON.parse(readFileSync(settings, 'utf8')) as {
    readonly tasks: { readonly test?: { readonly inputs?: readonly string[] } };
  };
  expect(tasks.test?.inputs).toContain('$TURBO_DEFAULT$');
  expect(tasks.test?.inputs).not.toContain('!README.md');
});
