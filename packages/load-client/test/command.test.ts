import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';
import { runCli } from './fixtures/run-cli.ts';

describe('sockpool-load', () => {
  test.each([
    [['--port', 'x'], 'whole number'],
    [[], 'port or a path'],
    [['--port', '1', '--pipeline', '2'], 'pipelining needs a framing'],
    [['--port', '1', '--rate', '5'], 'an open run needs'],
    [['--port', '1', '--expect', 'p99'], "threshold 'p99'"],
    [['--port', '1', '--nonsense'], 'unknown option'],
  ])('%j is a usage error in one line, with exit code 2', async (args, message) => {
    const outcome = await runCli(args);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain(message);
    expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(outcome.stdout).toBe('');
  });

  test('--help and --version work', async () => {
    expect(await runCli(['--help'])).toMatchObject({ code: 0, stderr: '' });
    expect((await runCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('a broken threshold gives exit code 4, a met one 0', async () => {
    await using server = await startServer(echoUpperCase);
    const port = String(server.port);
    expect(await runCli(['--port', port, '--expect', 'p50<0.001us'])).toMatchObject({ code: 4 });
    expect(await runCli(['--port', port, '--expect', 'p50<10s,errors=0'])).toMatchObject({
      code: 0,
    });
  });

  test('a saturated client gives exit code 3 when asked to', async () => {
    await using server = await startServer(echoUpperCase);
    const module = new URL('fixtures/slow-framing.mjs', import.meta.url).pathname;
    const args = ['--port', String(server.port), '-d', '700ms', '--framing-module', module];
    const outcome = await runCli([...args, '--fail-if-saturated', '-m', 'hello {{counter}}']);
    expect(outcome.stdout).toContain('client itself was probably the bottleneck');
    expect(outcome.code).toBe(3);
  });

  test('JSON, CSV, HDR log and HTML are written, and compare and merge read the JSON', async () => {
    await using server = await startServer(echoUpperCase);
    const folder = await mkdtemp(join(tmpdir(), 'load-command-'));
    const file = (name: string): string => join(folder, name);
    const load = ['--port', String(server.port), '-n', '20', '-c', '2', '--repeat', '2'];
    const tables = ['--json', file('a.json'), '--csv', file('a.csv')];
    const reports = ['--hdr', file('a.hdr'), '--report', file('a.html')];
    const outcome = await runCli([...load, ...tables, ...reports]);
    expect(outcome.code).toBe(0);
    expect(JSON.parse(await readFile(file('a.json'), 'utf8'))).toHaveLength(2);
    expect(await readFile(file('a.csv'), 'utf8')).toMatch(/^second,/);
    expect(await readFile(file('a.hdr'), 'utf8')).toMatch(/^#\[Histogram log format version/);
    expect(await readFile(file('a.html'), 'utf8')).toMatch(/^<!doctype html>/);
    const same = await runCli(['compare', file('a.json'), file('a.json'), '--expect', 'p99<=1x']);
    expect(same).toMatchObject({ code: 0, stderr: '' });
    expect(same.stdout).toContain('No difference beyond chance');
    const broken = await runCli([
      'compare',
      file('a.json'),
      file('a.json'),
      '--expect',
      'p99<0.5x',
    ]);
    expect(broken.code).toBe(4);
    const merged = await runCli(['merge', file('a.json'), '--json', file('m.json')]);
    expect(merged.stdout).toContain('80 sent, 80 right replies');
    expect((await runCli(['compare', file('a.json'), file('nope.json')])).code).toBe(1);
    await rm(folder, { recursive: true });
  });
});
