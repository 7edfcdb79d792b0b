import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
// @boundaries-ignore: how packages are built is the repository's
import { bundle } from '../rolldown.base.ts';

/** A package with a module of its own in a folder, and every way of importing from Node. */
const SOURCES = {
  'first.ts': `import net, { isIP } from 'node:net';
import { tmpdir as folder, EOL } from 'node:os';
import { Shared } from './room/shared.ts';

export { Shared };
export const found = async () => {
  const { createServer } = await import('node:http');
  return [typeof net.connect, isIP('::1'), typeof folder(), typeof EOL, typeof createServer];
};
`,
  'second.ts': `export { fail, Shared } from './room/shared.ts';\n`,
  'room/shared.ts': `export class Shared {}
interface Dropped {
  readonly lines: number;
}
export function fail(reason: Dropped): never {
  throw new Error(String(reason.lines));
}
`,
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  await mkdir(join(folder, 'src', 'room'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [name, source] of Object.entries(SOURCES)) {
    await writeFile(join(folder, 'src', name), source);
  }
  const { output, ...input } = bundle(['first', 'second']);
  const build = await rolldown({ ...input, cwd: folder });
  await build.write({ ...(Array.isArray(output) ? output[0] : output), dir: join(folder, 'dist') });
  await build.close();
});

afterAll(() => rm(folder, { recursive: true }));

/** What a program prints as JSON that imports the built files. */
function run(program: string): unknown {
  const source = `const first = await import('./dist/first.js'), second = await import('./dist/second.js');
${program}`;
  const args = ['--enable-source-maps', '--input-type=module', '--eval', source];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }));
}

test('A built package has what its entry points share once', async () => {
  const files = await readdir(join(folder, 'dist'));
  expect(files.filter((file) => file.endsWith('.js')).toSorted()).toEqual([
    'first.js',
    'second.js',
    'shared.js',
  ]);
  expect(run('console.log(first.Shared === second.Shared)')).toBe(true);
});

test("A built package finds Node's modules, however its source imports them", () => {
  const program = 'console.log(JSON.stringify(await first.found()))';
  expect(run(program)).toEqual(['function', 6, 'string', 'string', 'function']);
});

test("A built package loads no more of Node's modules than it imports", () => {
  const program = `await first.found();
console.log(JSON.stringify(process.moduleLoadList.filter((name) => /undici$/.test(name))))`;
  expect(run(program)).toEqual([]);
});

test('The stack of an error in a built package names the line of the source', () => {
  const program = `try { second.fail({ lines: 1 }) } catch (error) { console.log(JSON.stringify(error.stack)) }`;
  expect(run(program)).toMatch(/src\/room\/shared\.ts:6:\d+/);
});
