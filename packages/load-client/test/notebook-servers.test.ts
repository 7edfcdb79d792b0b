import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCli } from './fixtures/run-cli.ts';
import { spawnServer } from './fixtures/spawn-server.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

describe.skipIf(!hasPython)("the notebook's servers (skipped where python3 is missing)", () => {
  test.each([
    ['process pool', 'notebook_process_pool.py'],
    ['thread pool', 'notebook_thread_pool.py'],
  ])('the %s answers 9 connections right, three at a time', async (_pool, program) => {
    await using server = await spawnServer('python3', [fixture(program)]);
    const load = ['--port', String(server.port), '--connections', '9', '--requests', '45'];
    const outcome = await runCli([...load, '--quiet']);
    expect(outcome.stderr).toBe('');
    expect(outcome.stdout).toContain('405 sent, 405 right replies');
    expect(outcome.code).toBe(0);
  });
});
