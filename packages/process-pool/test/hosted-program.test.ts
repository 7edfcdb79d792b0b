import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programAddresses, programHandler } from '@sockpool/handler/program';
import { ProcessPool } from '@sockpool/process-pool';
import { expect, onTestFinished, test } from 'vitest';

const PROGRAM = `import { appendFileSync } from 'node:fs';
import http from 'node:http';
const server = http.createServer((request, response) => response.end('served'));
server.listen(Number(process.env.APP_PORT ?? 3000), '127.0.0.1');
process.on('SIGTERM', (signal) => {
  appendFileSync(new URL('./told.log', import.meta.url), signal + '\\n');
});`;

async function programFolder(source: string): Promise<{ folder: string; program: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-program-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = join(folder, 'program.mjs');
  await writeFile(program, source);
  return { folder, program };
}

test("The system's SIGTERM to a worker does not end it, and the program is told of its end once", async () => {
  const { folder, program } = await programFolder(PROGRAM);
  const pool = new ProcessPool({
    handler: programHandler(program),
    workers: 1,
    closeOnSignals: false,
  });
  onTestFinished(async () => {
    await pool.destroy();
  });
  const { port } = (await pool.listen()) as AddressInfo;
  const [worker] = (await pool.stats()).workers;
  process.kill(worker?.nativeId ?? -1, 'SIGTERM');
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
  expect(await response.text()).toBe('served');
  const exit = once(pool, 'workerExit');
  await pool.close();
  expect((await exit)[1]).toEqual({ code: 0, signal: null, expected: true });
  expect(await readFile(join(folder, 'told.log'), 'utf8')).toBe('SIGTERM\n');
});

test('programAddresses() tells where a program listens, and leaves nothing running', async () => {
  const { program } = await programFolder(PROGRAM);
  expect(await programAddresses(program, { env: { ...process.env, APP_PORT: '4321' } })).toEqual([
    { port: 4321, host: '127.0.0.1' },
  ]);
});

test('programAddresses() tells every address of a program, and none of an app that listens nowhere', async () => {
  const { program } = await programFolder(`import net from 'node:net';
net.createServer().listen(3000);
net.createServer().listen('/run/app.sock');`);
  expect(await programAddresses(program)).toEqual([
    { port: 3000, host: '::' },
    { path: '/run/app.sock' },
  ]);
  const app = await programFolder('export default { fetch: () => new Response() };');
  expect(await programAddresses(app.program)).toEqual([]);
});

test.each([
  ['throws', "throw new RangeError('no database');", 'no database'],
  [
    'ends',
    'process.exit(3);',
    /^Cannot tell where the program '.*program\.mjs' listens: it ended by exit code 3 before it did$/,
  ],
])('programAddresses() rejects for a program that %s', async (_, source, message) => {
  const { program } = await programFolder(source);
  await expect(programAddresses(program)).rejects.toThrow(message);
});

test('programAddresses() rejects for a program that does not listen in time', async () => {
  const { program } = await programFolder('setInterval(() => undefined, 1_000);');
  await expect(programAddresses(program, { timeoutMs: 1 })).rejects.toThrow(
    `Cannot tell where the program '${program}' listens: it does not within 1 ms`,
  );
});

test('Wrong use of programHandler() and programAddresses() is refused by an error that names it', async () => {
  expect(() => programHandler('app.js')).toThrow(
    new TypeError("A program must be a file: URL or an absolute path, got 'app.js'"),
  );
  const misspelled: object = { listenTimeout: 1 };
  expect(() => programHandler('/app.js', misspelled)).toThrow(/did you mean listenTimeoutMs\?/);
  await expect(programAddresses('/app.js', { timeoutMs: -1 })).rejects.toThrow(RangeError);
});
