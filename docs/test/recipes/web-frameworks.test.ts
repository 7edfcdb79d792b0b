import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installPrograms, runServer, withTimeToBoot } from '@sockpool/pool-compliance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  COMPILER_OPTIONS,
  GUIDE_POOLS,
  NODE_MODULES,
  plainServer,
  programOf,
  runPrograms,
} from '../guide-programs.ts';

const GUIDE = 'recipes/web-frameworks';
const run = promisify(execFile);

/** Gets `/` on a connection that nobody keeps, so that the pool need not wait for it when it closes. */
async function getText(port: number): Promise<string> {
  const request = http.get({ port, host: '127.0.0.1', agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return text(response);
}

describe.each(GUIDE_POOLS)('On a $Pool', (pool) => {
  test.each([
    ['express-handler.ts', 'Hello from Express\n'],
    ['fastify-handler.ts', 'Hello from Fastify\n'],
  ])('%s answers', async (name, answer) => {
    const { port, terminate } = await runPrograms(
      await programOf(pool, GUIDE, name),
      plainServer(pool),
    );
    expect(await getText(port)).toBe(answer);
    expect(await terminate()).toBe(0);
  });

  test('nest-handler.ts and nest-main.ts answer, compiled to CommonJS', async () => {
    const names = ['nest-handler.ts', 'nest-main.ts'];
    const programs = await Promise.all(
      names.map(async (name) => [`src/${name}`, await programOf(pool, GUIDE, name)] as const),
    );
    const folder = await installPrograms(NODE_MODULES, Object.fromEntries(programs));
    await writeFile(join(folder, 'package.json'), '{}');
    await run(
      process.execPath,
      [
        'node_modules/typescript/bin/tsc',
        ...COMPILER_OPTIONS,
        '--experimentalDecorators',
        '--emitDecoratorMetadata',
        ...names.map((name) => `src/${name}`),
      ],
      { cwd: folder },
    );
    const { port, terminate } = await runServer(folder, ['dist/nest-main.js']);
    expect(await getText(port)).toBe('Hello from NestJS\n');
    expect(await terminate()).toBe(0);
  });
});

describe('Next.js', () => {
  // Turbopack refuses packages from outside of the repository.
  const folder = fileURLToPath(new URL('../../build/next-app', import.meta.url));

  beforeAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, 'app'), { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(
      join(folder, 'app/layout.jsx'),
      'export default ({ children }) => <html lang="en"><body>{children}</body></html>;',
    );
    await writeFile(
      join(folder, 'app/page.jsx'),
      `export const dynamic = 'force-dynamic';
       export default () => <p>Hello from process {process.pid}</p>;`,
    );
    const next = fileURLToPath(new URL('next/dist/bin/next', `${NODE_MODULES.href}/`));
    await run(process.execPath, [next, 'build'], {
      cwd: folder,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
    });
  }, 300_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(GUIDE_POOLS)('next-handler.ts answers on a $Pool', async (pool) => {
    await writeFile(join(folder, 'handler.ts'), await programOf(pool, GUIDE, 'next-handler.ts'));
    await writeFile(join(folder, 'server.ts'), withTimeToBoot(plainServer(pool)));
    const { port, terminate } = await runServer(folder);
    expect(await getText(port)).toMatch(/<p>Hello from process (?:<!-- -->)?\d+<\/p>/);
    expect(await terminate()).toBe(0);
  });
});
