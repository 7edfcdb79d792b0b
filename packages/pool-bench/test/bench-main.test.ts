import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseResults } from '../src/peers/results.ts';
import { descendantsOf } from '../src/process-usage.ts';

const MAIN = fileURLToPath(new URL('../src/peers/bench-main.ts', import.meta.url));
const linux = test.runIf(process.platform === 'linux');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-peers-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function bench(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words], (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

/** Returns those of some processes that still run; one that nobody has waited for yet does not. */
async function areRunning(pids: readonly number[]): Promise<number[]> {
  const stats = await Promise.all(
    pids.map(async (pid) => readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') Z')),
  );
  return pids.filter((_, index) => !/\) [XZ]/.test(stats[index] ?? ''));
}

describe('bench:peers', () => {
  linux('measures a pool beside a bare fork and writes what it found', async () => {
    const only = ['--only', 'short/process-pool', '--only', 'short/fork'];
    const { code, stdout, stderr } = await bench(
      '--quick',
      '--disturbed',
      '1',
      '--out',
      folder,
      ...only,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('failed') });
    const [workload, ...others] = parseResults(
      await readFile(join(folder, 'peers.json'), 'utf8'),
    ).workloads;
    expect(others).toEqual([]);
    expect(workload?.measurements.map(({ peer }) => peer)).toEqual(['process-pool', 'fork']);
    for (const { figures } of workload?.measurements ?? [])
      expect(figures['perSecond']).toBeGreaterThan(0);
    expect(stdout).toContain('Echo, one request per connection');
    expect(await readFile(join(folder, 'peers.md'), 'utf8')).toContain('| process-pool |');
    expect(await readFile(join(folder, 'peers.svg'), 'utf8')).toContain('process-pool');
  });

  linux('ends everything that it has started when it is interrupted', async () => {
    const words = [MAIN, '--quick', '--rounds', '100', '--only', 'keep-alive/fork'];
    const child: ChildProcess = spawn(process.execPath, words, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = once(child, 'exit');
    const started: number[] = [];
    // Beside a round there is a server, or there was one a moment ago.
    for await (const _ of createInterface(child.stderr as NodeJS.ReadableStream)) {
      if (started.length > 0) continue;
      await expect.poll(() => started.push(...descendantsOf(child.pid ?? 0))).toBeGreaterThan(1);
      child.kill('SIGINT');
    }
    expect(await exited).toEqual([130, null]);
    await expect.poll(async () => areRunning(started)).toEqual([]);
  });

  test.each([
    [['--only', 'shorts'], /^bench:peers: Cannot select 'shorts': give a workload \(short, /],
    [['--rounds', '0'], /^bench:peers: Cannot take '0' for --rounds/],
    [['--disturbed', 'much'], /^bench:peers: Cannot take 'much' for --disturbed/],
    [['--fast'], /^bench:peers: Unknown option '--fast'/],
  ])('refuses %j', async (words, message) => {
    const { code, stdout, stderr } = await bench(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('says by --help what there is to measure', async () => {
    const { code, stdout } = await bench('--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/storm.*reconnect/);
    expect(stdout).toContain('process-pool-primary');
  });
});
