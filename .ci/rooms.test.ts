import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { describeCircle, findCircle, readRooms } from './rooms.ts';
import { readWorkspace, ROOT } from './workspace-packages.ts';

const packages = readWorkspace()
  .map(({ folder }) => folder)
  .filter((folder) => folder.startsWith('packages/') && existsSync(path.join(ROOT, folder, 'src')));

test.each(packages)('The rooms of %s import each other in no circle, types included', (folder) => {
  expect(describeCircle(findCircle(readRooms(path.join(ROOT, folder, 'src'))))).toEqual([]);
});

/** Reads the rooms of a package that ARCHITECTURE.md puts in order, the lowest first. */
async function readOrder(name: string): Promise<string[]> {
  const document = await readFile(path.join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  const row = new RegExp(`^\\| \\[\`[^\`]+\`\\]\\(packages/${name}/src/([^)]+)\\)`, 'gm');
  const rows = [...document.matchAll(row)].map(([, room = '']) => room);
  if (rows.length > 0) return rows;
  const list = new RegExp(`\\(packages/${name}\\).*imports only rooms before it: ([^.]+)\\.`);
  const [, rooms = ''] = list.exec(document) ?? [];
  return [...rooms.matchAll(/`([^`]+)\/`/g)].map(([, room = '']) => room);
}

test.each(['load-client', 'pool-core', 'typed-ffi'])(
  'A room of %s imports only rooms that ARCHITECTURE.md puts before it',
  async (name) => {
    const order = await readOrder(name);
    const placeOf = (room: string): number =>
      order.findIndex((each) => room === each || room.startsWith(`${each}/`));
    const graph = readRooms(path.join(ROOT, 'packages', name, 'src'));
    const rooms = [...graph].filter(([room]) => !room.endsWith('.ts'));
    expect(rooms.map(([room]) => room).filter((room) => placeOf(room) === -1)).toEqual([]);
    const upwards = rooms.flatMap(([from, imported]) =>
      [...imported].filter(([to]) => placeOf(to) > placeOf(from)).map(([, each]) => each),
    );
    expect(upwards).toEqual([]);
  },
);

/** Makes a folder of sources. */
async function makeSources(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rooms-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return folder;
}

test.each([
  ['a type', "import type { C } from '../c/c.ts';"],
  ['one type of several names', "import { type C } from '../c/c.ts';"],
  ['a name that it exports', "export { c } from '../c/c.ts';"],
  ['all names', "export * from '../c/c.ts';"],
  ['what it does', "import '../c/c.ts';"],
  ['a module at run time', "await import('../c/c.ts');"],
  ['a type in place', "export type X = import('../c/c.ts').C;"],
])('A circle is found that a room closes by importing %s, and its way is told', async (_, line) => {
  const src = await makeSources({
    'index.ts': "export * from './a/a.ts';",
    'a/a.ts': "export { b } from '../b/b.ts';",
    'b/b.ts': `import './own.ts';\n${line}`,
    'b/own.ts': 'export const own = 1;',
    'c/c.ts': 'export const c = 1;\nexport type C = typeof c;',
    'c/other.ts': "import type { A } from '../a/types.ts';",
    'a/types.ts': 'export type A = 1;',
  });
  expect(describeCircle(findCircle(readRooms(src)))).toEqual([
    'a → b: a/a.ts imports b/b.ts',
    'b → c: b/b.ts imports c/c.ts',
    'c → a: c/other.ts imports a/types.ts',
  ]);
});

test('Imports of tests, in comments and of one way close no circle', async () => {
  const src = await makeSources({
    'a/a.ts': "import '../b/b.ts';",
    'a/inner/c.ts': "import '../a.ts';\nimport '../../b/b.ts';",
    'b/b.ts': "// import '../a/a.ts';\nexport const b = \"import '../a/a.ts'\";",
    'b/b.test.ts': "import '../a/a.ts';",
  });
  expect(findCircle(readRooms(src))).toEqual([]);
});
