import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { peersFolder } from '../install-peers.ts';

const run = promisify(execFile);

/** The folder of the peers' sources. */
export const SERVERS: string = fileURLToPath(new URL('../../servers', import.meta.url));

/** Resolves with the first line that a command prints, or undefined when it is not here. */
export async function firstLineOf(
  command: string,
  args: readonly string[],
): Promise<string | undefined> {
  return run(command, [...args]).then(
    ({ stdout }) => stdout.split('\n', 1)[0],
    () => undefined,
  );
}

const built = new Map<string, Promise<string | undefined>>();

/** Compiles a source of the peers, once for each of its contents; resolves with undefined without a compiler. */
export async function compiled(source: 'load-generator.c' | 'server.c' | 'server.go') {
  const found = built.get(source) ?? build(source);
  built.set(source, found);
  return found;
}

async function build(source: string): Promise<string | undefined> {
  const file = join(SERVERS, source);
  const isGo = source.endsWith('.go');
  const command = isGo ? 'go' : (process.env['CC'] ?? 'cc');
  const version = await firstLineOf(command, isGo ? ['version'] : ['--version']);
  if (version === undefined) return undefined;
  const hash = createHash('sha256')
    .update(await readFile(file))
    .update(version)
    .digest('hex');
  const folder = join(peersFolder(), 'built');
  const program = join(folder, `${source.replace('.', '-')}-${hash.slice(0, 16)}`);
  if (existsSync(program)) return program;
  await mkdir(folder, { recursive: true });
  // Another bench may build it at the same time.
  const own = `${program}.${process.pid}`;
  const args = isGo
    ? ['build', '-o', own, file]
    : ['-O2', '-std=c11', '-Wall', '-Wextra', '-Werror', file, '-o', own];
  await run(command, args);
  await rename(own, program);
  return program;
}
