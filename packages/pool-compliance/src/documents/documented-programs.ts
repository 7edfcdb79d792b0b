import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/**
 * Reads the programs out of a document: the code blocks that begin with their file's name.
 *
 * @param document the document's URL
 * @returns the programs by file name
 */
export async function programsIn(document: URL): Promise<Map<string, string>> {
  const blocks = (await readFile(document, 'utf8')).matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms);
  return new Map(Array.from(blocks, ([, name = '', program = '']) => [name, program]));
}

/**
 * Puts programs into a folder of their own, which ends with the test. Their pools get time to
 * start their workers on a busy machine, unless they say how much.
 *
 * @param nodeModules the folder of the packages that they import
 * @param programs by file name; one that is undefined is missing in its document
 * @returns the folder
 */
export async function installPrograms(
  nodeModules: URL | string,
  programs: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-document-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const target = typeof nodeModules === 'string' ? nodeModules : fileURLToPath(nodeModules);
  await symlink(target, join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [name, program] of Object.entries(programs)) {
    if (program === undefined)
      throw new TypeError(`Cannot install '${name}': the document has no such program`);
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), withTimeToBoot(program));
  }
  return folder;
}

/** Gives each pool that a program makes a minute to start a worker, ahead of its own options. */
export function withTimeToBoot(program: string): string {
  return program.replaceAll(/new (?:Process|Thread)Pool\(\{/g, '$& bootTimeoutMs: 60_000,');
}

/** A program out of a document, which listens. */
export interface RunningProgram {
  readonly port: number;
  /** Where it serves its health; empty if it does not say. */
  readonly healthUrl: string;
  /** What it has printed, line by line. */
  readonly printed: readonly string[];
  /** Sends a signal. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Ends it by SIGTERM, and resolves to its exit code. */
  readonly terminate: () => Promise<unknown>;
}

/**
 * Runs a program on a free port.
 *
 * @param folder where {@link installPrograms} put it
 * @param args its file, after Node's own options
 */
export async function runServer(
  folder: string,
  args: readonly string[] = ['server.ts'],
): Promise<RunningProgram> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  // Not its exit, after which some of what it has printed may still be on its way.
  const ended = once(child, 'close');
  const printed: string[] = [];
  const listening = Promise.withResolvers<number>();
  let healthUrl = '';
  createInterface(child.stdout).on('line', (line) => {
    printed.push(line);
    const [, url] = /^health on (\S+)/.exec(line) ?? [];
    if (url !== undefined) healthUrl = url;
    const [, port] = /^listening on .*port: (\d+)/.exec(line) ?? [];
    if (port !== undefined) listening.resolve(Number(port));
  });
  void ended.then(() =>
    listening.reject(new Error(`The program ended before it listened: ${printed.join('\n')}`)),
  );
  return {
    port: await listening.promise,
    healthUrl,
    printed,
    signal: (name) => void child.kill(name),
    terminate: async () => {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}

/**
 * Sends text over one connection.
 *
 * @param port where a program listens
 * @param sent the text
 * @returns all that comes back
 */
export async function exchange(port: number, sent: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  onTestFinished(() => void socket.destroy());
  socket.end(sent);
  let reply = '';
  for await (const chunk of socket) reply += String(chunk);
  return reply;
}
