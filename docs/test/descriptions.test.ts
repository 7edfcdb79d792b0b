import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filesOf, ROOT } from './documents.ts';

const packages = filesOf('packages/*/package.json').map((name) => name.replace('package.json', ''));

test.each(packages)(
  '%s says the same sentence in its package.json, README and index.ts',
  (name) => {
    const read = (file: string): string => readFileSync(new URL(name + file, ROOT), 'utf8');
    const { description } = JSON.parse(read('package.json')) as { readonly description?: string };
    expect(description).toMatch(/^\S.*\.$/);
    const [, underTitle] = /^# .*\n+(.*)$/m.exec(read('README.md')) ?? [];
    expect(underTitle).toBe(description);
    if (!existsSync(new URL(`${name}src/index.ts`, ROOT))) return;
    const [, docblock = ''] = /^\/\*\*(.*?)(?:\n \*\n|\*\/)/s.exec(read('src/index.ts')) ?? [];
    expect(docblock.replaceAll(/\s+\*? ?/g, ' ').trim()).toBe(description);
  },
);

test('No README has more than 200 lines', () => {
  const lines = filesOf(['README.md', '{packages,apps}/*/README.md', 'native/README.md']).map(
    (name) => [name, readFileSync(new URL(name, ROOT), 'utf8').split('\n').length - 1] as const,
  );
  expect(lines.filter(([, count]) => count > 200)).toEqual([]);
});

test.each(packages)('%s names in its README every package that it depends on', (name) => {
  const read = (file: string): string => readFileSync(new URL(name + file, ROOT), 'utf8');
  const { dependencies = {}, private: isPrivate = false } = JSON.parse(read('package.json')) as {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly private?: boolean;
  };
  if (isPrivate) return;
  const readme = read('README.md');
  const scope = /packages of `@sockpool` only/.test(readme) ? '@sockpool/' : '';
  const unnamed = Object.keys(dependencies).filter(
    (each) => !readme.includes(`${each}\``) && !(scope !== '' && each.startsWith(scope)),
  );
  expect(unnamed).toEqual([]);
});
