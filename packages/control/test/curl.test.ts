import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { controlledPool } from './fixtures/controlled-pool.ts';
import { KINDS } from './fixtures/pools.ts';

const run = promisify(execFile);

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version']);
    return true;
  } catch {
    return false;
  }
}

const skipped = hasCurl() ? '' : ' (skipped: there is no curl)';

describe.skipIf(skipped !== '')(`curl${skipped}`, () => {
  test.each(KINDS)('asks for status, restart, profile and events of $name', async (kind) => {
    const { path, pool } = await controlledPool(kind, { workers: 1 });
    const curl = async (url: string, ...options: readonly string[]): Promise<string> => {
      const all = ['-sS', '--fail-with-body', '--unix-socket', path, ...options];
      return (await run('curl', [...all, `http://localhost${url}`])).stdout;
    };
    expect(JSON.parse(await curl('/v1/status'))).toMatchObject({ health: { state: 'listening' } });
    const following = spawn('curl', ['-sSN', '--unix-socket', path, 'http://localhost/v1/events']);
    onTestFinished(() => void following.kill());
    let told = '';
    following.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    await expect.poll(() => pool.listenerCount('restarted')).toBe(1);
    expect(JSON.parse(await curl('/v1/restart', '-X', 'POST'))).toMatchObject({ generation: 1 });
    await expect.poll(() => told).toContain('event: restarted\n');
    const profile = await curl('/v1/workers/0/profile?durationMs=20');
    expect(JSON.parse(profile)).toHaveProperty('nodes');
    const json = ['-H', 'content-type: application/json', '-d', '{"workers":0}'];
    await expect(curl('/v1/resize', ...json)).rejects.toMatchObject({ code: 22 });
    await pool.close();
    if (following.exitCode === null) await once(following, 'exit');
    expect(told).toContain('event: closed\n');
  });
});
