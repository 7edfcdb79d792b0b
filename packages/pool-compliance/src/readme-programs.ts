import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { certificateForTests, type TestCertificate } from './hosted/certificate-for-tests.ts';
import { LineClient } from './line-client.ts';
import type { PoolKind } from './pool-under-test.ts';

/**
 * Reads the programs out of a README: the code blocks that begin with their file's name.
 *
 * @param readme the README's URL
 * @returns the programs by file name
 */
export async function programsIn(readme: URL): Promise<Map<string, string>> {
  const blocks = (await readFile(readme, 'utf8')).matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms);
  return new Map(Array.from(blocks, ([, name = '', program = '']) => [name, program]));
}

/** Puts programs into a folder in which the package is installed, as its users have it. */
async function install(
  packageFolder: string,
  packageName: string,
  programs: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-readme-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const installed = join(folder, 'node_modules', packageName);
  await mkdir(dirname(installed), { recursive: true });
  await symlink(packageFolder, installed);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [name, program] of Object.entries(programs)) {
    if (program === undefined) throw new TypeError(`The README has no program '${name}'`);
    await writeFile(join(folder, name), program);
  }
  return folder;
}

/** Runs `server.ts` on a free port, until it is told to go by SIGTERM. */
async function run(folder: string) {
  const child = spawn(process.execPath, [join(folder, 'server.ts')], {
    cwd: folder,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
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
  void ended.then(() => listening.reject(new Error(`Ended early: ${printed.join('\n')}`)));
  return {
    port: await listening.promise,
    healthUrl,
    printed,
    /** Sends a signal. */
    signal: (name: NodeJS.Signals): void => void child.kill(name),
    terminate: async (): Promise<unknown> => {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}

/** Sends text over one connection and resolves to all that comes back. */
async function exchange(port: number, sent: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  onTestFinished(() => void socket.destroy());
  socket.end(sent);
  let reply = '';
  for await (const chunk of socket) reply += String(chunk);
  return reply;
}

/** Gets `/` over HTTPS on a connection of its own. */
async function getSecurely(port: number, { ca }: TestCertificate): Promise<string> {
  const options = { ca, servername: 'localhost', agent: false };
  const request = https.get(`https://127.0.0.1:${port}/`, options);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return text(response);
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
    const certificate = certificateForTests();
    const renewed = certificateForTests();

    test(`has a ${kind.name} that echoes in upper case, and closes on SIGTERM`, async () => {
      const programs = await programsIn(readme);
      const installed = await install(folder, packageName, {
        'handler.ts': programs.get('handler.ts'),
        'server.ts': programs.get('server.ts'),
      });
      const program = await run(installed);
      const texts = ['hello', 'straße', 'x'.repeat(200_000)];
      for (const sent of texts) expect(await exchange(program.port, sent)).toBe(sent.toUpperCase());
      expect(await program.terminate()).toBe(0);
      expect(program.printed.join('\n')).toMatch(/^closed \{[^]*cutConnections: 0/m);
    });

    test('has a server that tells its health, and that it goes away', async () => {
      const programs = await programsIn(readme);
      const installed = await install(folder, packageName, {
        'handler.ts': programs.get('handler.ts'),
        'server.ts': programs.get('health-server.ts'),
      });
      const program = await run(installed);
      const response = await fetch(`${program.healthUrl}/readyz`);
      expect(await response.json()).toEqual({ ok: true, reasons: [], state: 'listening' });
      expect(await program.terminate()).toBe(0);
    });

    test('has a server that refuses one connection more than a client may have, and says so', async () => {
      const programs = await programsIn(readme);
      const installed = await install(folder, packageName, {
        'handler.ts': programs.get('handler.ts'),
        'server.ts': programs.get('protected-server.ts'),
      });
      const program = await run(installed);
      const address = { address: '127.0.0.1', family: 'IPv4', port: program.port };
      const clients = await Promise.all(
        Array.from({ length: 101 }, () => LineClient.connect(address)),
      );
      for (const client of clients) onTestFinished(() => client[Symbol.asyncDispose]());
      const replies = await Promise.all(clients.map((client) => client.ask('hello')));
      expect(replies.filter((reply) => reply === 'HELLO')).toHaveLength(100);
      expect(replies.filter((reply) => reply === undefined)).toHaveLength(1);
      await Promise.all(clients.map((client) => client.end()));
      expect(await program.terminate()).toBe(0);
      expect(program.printed).toContain('refused 1 of 127.0.0.1 addressLimit');
    });

    test('has a server that terminates TLS, and takes a renewed certificate by SIGHUP', async () => {
      const programs = await programsIn(readme);
      const installed = await install(folder, packageName, {
        'handler.ts': programs.get('http-handler.ts'),
        'server.ts': programs.get('tls-server.ts'),
      });
      const use = async ({ identity: { key, cert } }: TestCertificate): Promise<void> => {
        await writeFile(join(installed, 'key.pem'), key);
        await writeFile(join(installed, 'cert.pem'), cert);
      };
      await use(certificate());
      const program = await run(installed);
      expect(await getSecurely(program.port, certificate())).toMatch(/^Hello from \D+\d+\n$/);
      await use(renewed());
      program.signal('SIGHUP');
      await expect.poll(() => program.printed).toContain('certificate reloaded');
      expect(await getSecurely(program.port, renewed())).toMatch(/^Hello from \D+\d+\n$/);
      expect(await program.terminate()).toBe(0);
    });

    test('has a handler of an HTTP server that runs in the same pool', async () => {
      const programs = await programsIn(readme);
      const installed = await install(folder, packageName, {
        'handler.ts': programs.get('http-handler.ts'),
        'server.ts': programs.get('server.ts'),
      });
      const program = await run(installed);
      const response = await fetch(`http://127.0.0.1:${program.port}/`);
      expect(await response.text()).toMatch(/^Hello from \D+\d+\n$/);
      expect(await program.terminate()).toBe(0);
    });
  });
}
