import { execFile } from 'node:child_process';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exchange, installPrograms, runServer } from '@sockpool/pool-compliance';
import { describe, expect, test } from 'vitest';
import {
  COMPILER_OPTIONS,
  GUIDE_POOLS,
  NODE_MODULES,
  type GuidePool,
  programOf,
} from '../guide-programs.ts';

async function install(pool: GuidePool): Promise<string> {
  return installPrograms(NODE_MODULES, {
    'src/handler.ts': await programOf(pool, 'handlers', 'handler.ts'),
    'src/server.ts': await programOf(pool, 'recipes/developing', 'server.ts'),
  });
}

describe.each(GUIDE_POOLS)('server.ts on a $Pool', (pool) => {
  test('finds its handler in the sources, and in dist when it is compiled', async () => {
    const folder = await install(pool);
    const developed = await runServer(folder, ['src/server.ts']);
    expect(await exchange(developed.port, 'hello')).toBe('HELLO');
    expect(await developed.terminate()).toBe(0);

    await promisify(execFile)(
      process.execPath,
      [
        'node_modules/typescript/bin/tsc',
        ...COMPILER_OPTIONS,
        '--rootDir',
        'src',
        'src/server.ts',
        'src/handler.ts',
      ],
      { cwd: folder },
    );
    await rm(join(folder, 'src'), { recursive: true });
    const built = await runServer(folder, ['dist/server.js']);
    expect(await exchange(built.port, 'hello')).toBe('HELLO');
    expect(await built.terminate()).toBe(0);
  });

  test('starts anew with --watch-path when the handler changes', async () => {
    const folder = await install(pool);
    const { port, printed, terminate } = await runServer(folder, [
      '--watch-path=./src',
      'src/server.ts',
    ]);
    expect(await exchange(port, 'hello')).toBe('HELLO');
    // Moved there whole, so that no worker reads half of it.
    const changed = join(folder, 'changed.ts');
    await writeFile(
      changed,
      "export default (connection) => void connection.resume().end('changed');",
    );
    await rename(changed, join(folder, 'src/handler.ts'));
    await expect
      .poll(async () => {
        const ports = printed.flatMap(
          (line) => /^listening on .*port: (\d+)/.exec(line)?.[1] ?? [],
        );
        // The old program may have left, and the new one not have come.
        return exchange(Number(ports.at(-1)), 'hello').catch(() => undefined);
      })
      .toBe('changed');
    expect(await terminate()).toBe(0);
  });
});
