import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { serve, type ServeOptions } from 'sockpool';
import { expect, onTestFinished, test } from 'vitest';

const silent = (): undefined => undefined;

async function programFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'serve-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'server.mjs');
  await writeFile(file, text);
  return file;
}

const SERVER = `import http from 'node:http';
http.createServer((_, response) => response.end(process.env.SAID)).listen(process.env.PORT);`;

const urlOf = (address: AddressInfo | string | undefined): string =>
  typeof address === 'object' ? `http://127.0.0.1:${address.port}/` : '';

test.each([false, true])(
  'serve() serves within a program, threads: %s, tells its logger, and says when it has ended',
  async (threads) => {
    const told: string[] = [];
    const log = (message: string): void => void told.push(message);
    const { pool, addresses, closed } = await serve({
      file: await programFile(SERVER),
      threads,
      port: 0,
      workers: 1,
      env: { SAID: 'hello' },
      control: false,
      bootTimeoutMs: 60_000,
      logger: { debug: silent, info: log, warn: log, error: log },
    });
    onTestFinished(async () => void (await pool.destroy()));
    expect(await (await fetch(urlOf(addresses[0]))).text()).toBe('hello');
    await pool.close();
    expect(await closed).toBe(0);
    expect(told.join('\n')).toMatch(/^server\.mjs serves on \S+ with 1 (?:thread|process)$/m);
  },
);

test.each<[string, object, RegExp]>([
  ['watch', { watch: true }, /^Unknown option watch of serve\(\): /],
  ['an unknown one', { worker: 2 }, /^Unknown option worker of serve\(\): did you mean workers\?/],
  ['a wrong one', { workers: 0 }, /^Option workers must be auto or a whole number/],
  ['a wrong one of the pool', { shutdown: { graceMs: -1 } }, /^Option shutdown\.graceMs must be/],
  ['no file', { file: undefined }, /^Cannot serve: no file is given/],
])('serve() throws a TypeError or a RangeError for %s', async (_, options, message) => {
  const all = { file: await programFile(SERVER), port: 0, ...options } as ServeOptions;
  const error: unknown = await serve(all).catch((thrown: unknown) => thrown);
  expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
  expect((error as Error).message).toMatch(message);
});

test('serve() rejects with file and line when the program does not serve', async () => {
  const file = await programFile("\nthrow new Error('no database');");
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  await expect(serve({ file, port: 0, workers: 1, control: false, logger })).rejects.toThrow(
    `no database (${file}:2:7)`,
  );
});

test('serve() without a logger writes entries, also of what programs print', async () => {
  const served = await programFile(`console.log('program says');\n${SERVER}`);
  const index = import.meta.resolve('sockpool');
  const options = { file: served, port: 0, workers: 1, control: false, bootTimeoutMs: 60_000 };
  const main = await programFile(`import { serve } from '${index}';
process.exitCode = await (await serve(${JSON.stringify(options)})).closed;`);
  const child = execFile(process.execPath, [main]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const entries: { message: string; worker?: number }[] = [];
  createInterface(child.stdout!).on('line', (line) => entries.push(JSON.parse(line)));
  for await (const line of createInterface(child.stderr!)) {
    entries.push(JSON.parse(line));
    if (/serves on/.test(line)) child.kill('SIGTERM');
  }
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(0);
  expect(entries).toContainEqual(expect.objectContaining({ message: 'program says', worker: 0 }));
});
