/**
 * Does with the packages, as they are built here, what somebody does who has nothing but the README: in
 * an empty folder it installs them, writes an Express app, serves it, restarts it under load with new code,
 * watches it, and stops it; and tells how long each step takes.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { runCommand } from './command.ts';
import { packTarball } from './tarball.ts';
import { type PublishedPackage, readPublished, ROOT } from './workspace.ts';

/** All of it, in milliseconds. */
const LIMIT_MS = 300_000;

const APP = (version: number): string => `const express = require('express');
const app = express();
app.get('/', (request, response) => response.send('version ${version}'));
app.listen(process.env.PORT ?? 3000);
`;

/** Does a step, and tells what it took. */
async function step<Result>(name: string, action: () => Promise<Result>): Promise<Result> {
  const startMs = performance.now();
  const result = await action();
  process.stdout.write(`ok  ${name} (${((performance.now() - startMs) / 1_000).toFixed(2)} s)\n`);
  return result;
}

/** The packages that the README installs, with those that they need. */
function needed(): PublishedPackage[] {
  const all = new Map(readPublished(ROOT).map((one) => [one.name, one]));
  const found = new Set(readmeCommand('install').slice(2));
  for (const name of found) for (const need of all.get(name)?.needs ?? []) found.add(need);
  return [...found].flatMap((name) => all.get(name) ?? []);
}

/** The commands of the README's blocks of code, without their comments. */
function readmeCommands(): string[] {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  return Array.from(readme.matchAll(/```sh\n(.*?)```/gs), ([, block = '']) => block.trim())
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/\s+#.*/, ''));
}

/** Finds the README's line with that word, and splits it. */
function readmeCommand(word: string): [string, ...string[]] {
  const line = readmeCommands().find((each) => each.split(' ').includes(word));
  const [command, ...args] = (line ?? '').split(' ');
  assert(command !== undefined && command !== '', `The README has no command with ${word}`);
  return [command, ...args];
}

async function get(origin: string): Promise<string> {
  return (await fetch(origin, { headers: { connection: 'close' } })).text();
}

/** Serves on a free port until it is stopped, and waits for the first reply. */
async function serve(
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ child: ChildProcess; origin: string; ended: Promise<unknown> }> {
  const [command, ...given] = readmeCommand('serve');
  const args = given.map((argument) => (argument === '3000' ? '0' : argument));
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.resume();
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  const said: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    said.push(line);
    const [, address] = / serves on (\S+) /.exec(line) ?? [];
    if (address === undefined) continue;
    child.stderr.resume();
    const origin = `http://127.0.0.1:${address.split(':').at(-1)}/`;
    await get(origin);
    return { child, origin, ended };
  }
  throw new Error(`It does not serve:\n${said.join('\n')}`);
}

async function begin(folder: string): Promise<void> {
  const env = { ...process.env, XDG_RUNTIME_DIR: folder, npm_config_update_notifier: 'false' };
  const app = path.join(folder, 'app');
  const inApp = { cwd: app, env };
  mkdirSync(app);
  const tarballs = await step('pack', async () => {
    const packed: [string, string][] = [];
    for (const one of needed()) {
      packed.push([one.name, `file:${(await packTarball(ROOT, one, folder)).file}`]);
    }
    return Object.fromEntries(packed);
  });
  const [npm, ...installing] = readmeCommand('install');
  // The registry has none of them yet, or others: neither what is installed by name, nor what comes along.
  const overrides = Object.fromEntries(
    Object.entries(tarballs).filter(([name]) => !installing.includes(name)),
  );
  writeFileSync(path.join(app, 'package.json'), JSON.stringify({ private: true, overrides }));
  const startMs = performance.now();
  await step([npm, ...installing, 'express'].join(' '), () => {
    const args = [...installing, 'express'].map((word) => tarballs[word] ?? word);
    return runCommand(npm, [...args, '--no-audit', '--no-fund'], inApp);
  });
  writeFileSync(path.join(app, 'server.js'), APP(1));
  const npx = (...args: readonly string[]): Promise<string> => runCommand('npx', args, inApp);
  const readme = (word: string, ...more: readonly string[]): Promise<string> =>
    npx(...readmeCommand(word).slice(1), ...more);
  let serving = await step('serve: the first reply', () => serve(app, env));
  try {
    await readme('stop');
    await serving.ended;
    serving = await step('serve once more, what is compiled is kept: the first reply', () =>
      serve(app, env),
    );
    const { origin } = serving;
    assert.equal(await get(origin), 'version 1');
    const [loader, ...asked] = readmeCommand('sockpool-load');
    const load = step('load: no request is lost', async () => {
      const args = asked.map((argument) => (argument.startsWith('http:') ? origin : argument));
      process.stdout.write(await runCommand(loader, args, inApp));
    });
    writeFileSync(path.join(app, 'server.js'), APP(2));
    const work = (async () => {
      await step('restart under load', () => readme('restart'));
      assert.equal(await get(origin), 'version 2');
      process.stdout.write(await step('status', () => npx('sockpool', 'status')));
      process.stdout.write(await step('top', () => readme('top', '--count', '2')));
    })();
    for (const outcome of await Promise.allSettled([load, work])) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
    await step('stop', () => readme('stop'));
    await serving.ended;
  } finally {
    // A process that `npx` has started ends by itself when its control is asked; this is for failures.
    serving.child.kill('SIGTERM');
  }
  const tookMs = performance.now() - startMs;
  assert(tookMs < LIMIT_MS, `It took ${Math.round(tookMs / 1_000)} s`);
  process.stdout.write(`A newcomer is served after ${(tookMs / 1_000).toFixed(0)} s\n`);
}

const folder = mkdtempSync(path.join(tmpdir(), 'sockpool-newcomer-'));
try {
  await begin(folder);
} catch (error) {
  process.stderr.write(`A newcomer fails: ${String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
