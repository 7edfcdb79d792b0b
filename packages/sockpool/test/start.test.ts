import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Workplace } from './fixtures/run-command.ts';

/** Tells which files the command loads, until it forks for the first time. */
const HOOK = `
const { registerHooks } = process.getBuiltinModule('node:module');
const { appendFileSync } = process.getBuiltinModule('node:fs');
const child_process = process.getBuiltinModule('node:child_process');
const { fork } = child_process;
let told = process.send === undefined && process.env.LOADED_FILES;
if (told) {
  registerHooks({
    load(url, context, nextLoad) {
      if (told) appendFileSync(told, url + '\\n');
      return nextLoad(url, context);
    },
  });
  child_process.fork = (...args) => {
    told = undefined;
    return fork(...args);
  };
}
`;

/** All that may be loaded before the first process starts; each file more delays every start. */
const LIGHT = ['sockpool/dist/cli.js', 'sockpool/dist/main.js', 'sockpool/dist/main2.js'];
const WORKER = ['process-pool/dist/first-worker.js'];
const SCOUT = ['handler/dist/program.js'];

async function loadedBeforeFork(...args: readonly string[]): Promise<string[]> {
  const place = await Workplace.make({
    'server.mjs': `import http from 'node:http';
http.createServer((request, response) => response.end('hello')).listen(0, '127.0.0.1');`,
    'hook.mjs': HOOK,
  });
  const file = join(place.folder, 'loaded');
  place.env = { LOADED_FILES: file, NODE_OPTIONS: `--import ${join(place.folder, 'hook.mjs')}` };
  const serving = place.start('serve', 'server.mjs', '--workers', '1', '--log', 'json', ...args);
  await serving.url();
  expect(await serving.end()).toBe(0);
  const urls = (await readFile(file, 'utf8')).trim().split('\n');
  return urls.flatMap((url) => /\/packages\/(.+)$/.exec(url)?.[1] ?? []).toSorted();
}

test('Nothing of the pool is loaded before the first worker is forked', async () => {
  expect(await loadedBeforeFork('--port', '0')).toEqual([...LIGHT, ...WORKER].toSorted());
});

test('Nothing of the pool is loaded before a program is asked where it listens', async () => {
  expect(await loadedBeforeFork()).toEqual([...LIGHT, ...SCOUT].toSorted());
});

test('A program that is asked where it listens has the environment that it has in a worker', async () => {
  const place = await Workplace.make({
    'server.mjs': `import http from 'node:http';
import { appendFileSync } from 'node:fs';
const { SOCKPOOL_TOKEN = 'no token', NODE_COMPILE_CACHE } = process.env;
appendFileSync('told', SOCKPOOL_TOKEN + ' ' + NODE_COMPILE_CACHE + '\\n');
http.createServer((request, response) => response.end('hello')).listen(0, '127.0.0.1');`,
  });
  place.env = { SOCKPOOL_TOKEN: 'sixteen-characters-or-more', XDG_CACHE_HOME: place.folder };
  const serving = place.start('serve', 'server.mjs', '--workers', '1', '--log', 'json');
  await serving.url();
  expect(await serving.end()).toBe(0);
  const told = `no token ${join(place.folder, 'sockpool', 'compiled')}\n`;
  expect(await readFile(join(place.folder, 'told'), 'utf8')).toBe(told.repeat(2));
});
