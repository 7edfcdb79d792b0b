import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exchange, installPrograms, programsIn, runServer } from './documented-programs.ts';
import type { PoolKind } from '../pool-under-test.ts';

/** Makes a folder in which a pool's package and that of handlers are installed, as users have them. */
async function nodeModulesOf(packageFolder: string, packageName: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-modules-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const handlers = fileURLToPath(new URL('..', import.meta.resolve('@sockpool/handler')));
  for (const [name, target] of [
    [packageName, packageFolder],
    ['@sockpool/handler', handlers],
  ] as const) {
    const installed = join(folder, name);
    await mkdir(dirname(installed), { recursive: true });
    await symlink(target, installed);
  }
  return folder;
}

/**
 * Registers tests that run the programs of a pool's README.
 *
 * @param kind the kind of pool
 * @param readme the URL of its README
 * @param packageName the package's name
 */
export function describeReadme(
  kind: Pick<PoolKind, 'name'>,
  readme: URL,
  packageName: string,
): void {
  const folder = fileURLToPath(new URL('.', readme));
  describe(`The README of ${packageName}`, () => {
    test(`has a ${kind.name} that echoes in upper case, and closes on SIGTERM`, async () => {
      const programs = await programsIn(readme);
      const installed = await installPrograms(await nodeModulesOf(folder, packageName), {
        'handler.ts': programs.get('handler.ts'),
        'server.ts': programs.get('server.ts'),
      });
      const program = await runServer(installed);
      const texts = ['hello', 'straße', 'x'.repeat(200_000)];
      for (const sent of texts) expect(await exchange(program.port, sent)).toBe(sent.toUpperCase());
      expect(await program.terminate()).toBe(0);
      expect(program.printed.join('\n')).toMatch(/^closed \{[^]*cutConnections: 0/m);
    });

    test('has a handler of an HTTP server that runs in the same pool', async () => {
      const programs = await programsIn(readme);
      const installed = await installPrograms(await nodeModulesOf(folder, packageName), {
        'handler.ts': programs.get('http-handler.ts'),
        'server.ts': programs.get('server.ts'),
      });
      const program = await runServer(installed);
      const response = await fetch(`http://127.0.0.1:${program.port}/`);
      expect(await response.text()).toMatch(/^Hello from \D+\d+\n$/);
      expect(await program.terminate()).toBe(0);
    });
  });
}
