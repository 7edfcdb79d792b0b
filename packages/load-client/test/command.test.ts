import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistogramLogReader } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import { parseResults, type LoadResult } from '../src/index.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';
import { runCli } from './fixtures/run-cli.ts';
import { CLI, spawnReading } from './fixtures/spawn-cli.ts';

/** Runs a command on a terminal of its own. */
const ON_TERMINAL = 'script';
const hasScript = spawnSync(ON_TERMINAL, ['--version']).status === 0;

async function results(path: string): Promise<readonly LoadResult[]> {
  return parseResults(await readFile(path, 'utf8'), path);
}

/** A folder that is gone with the test. */
async function temporaryFolder(): Promise<{
  readonly file: (name: string) => string;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'load-command-'));
  return {
    file: (name) => join(folder, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

describe('sockpool-load', () => {
  test.each([
    [['--port', 'x'], 'whole number'],
    [[], 'port or a path'],
    [['--port', '1', '--pipeline', '2'], 'pipelining needs a framing'],
    [['--port', '1', '--rate', '5'], 'an open run needs'],
    [['--port', '1', '--expect', 'p99'], "threshold 'p99'"],
    [['--port', '1', '--nonsense'], 'Unknown option --nonsense: see sockpool-load --help'],
    [['--port', '1', '--frammng', 'raw'], 'Unknown option --frammng: did you mean --framing?'],
    [['--port'], 'Option --port must have a value, got none'],
    [
      ['http://127.0.0.1:1/', 'b'],
      'Cannot run: 2 arguments are given, 1 at most; see sockpool-load --help',
    ],
    [['compare', 'a.json'], 'Cannot run: <candidate> is missing'],
    [['--port', '1', '-n', '20', '--requests', '3'], 'Option --requests must be given once'],
    [['--port', '1', '--expect', 'p99', '--expect', 'errors=0'], "threshold 'p99'"],
    [['--port', '1', '--framing', 'x'], 'Option --framing must be one of raw, line, length'],
    [
      ['--port', '1', '--repeat', '0'],
      "Option --repeat must be a whole number, 1 or more, got '0'",
    ],
    [
      ['--port', '1', '-m', 'a', '--messages-file', 'b'],
      'Cannot use --message and --messages-file',
    ],
    [['--port', '1', '--expect', 'errors<5%'], 'errors is no share, and takes no %'],
    [['--port', '1', '--expect', 'error-rate<1'], "is a share: write such as 'error-rate<1%'"],
    [['--port', '1', '-m', '{{nothing}}'], "placeholder '{{nothing}}'"],
    [['--port', '1', '-m', ''], 'empty message in raw framing'],
    [['--port', '1', '--stage', '10s'], "Option --stage must be a stage, such as '10s:1000/s'"],
    [['--port', '1', '-d', '10'], 'duration with its unit'],
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
    const args = ['--port', String(server.port), '-c', '4', '-d', '1s', '--framing-module', module];
    const outcome = await runCli([...args, '--fail-if-saturated', '-m', 'hello {{counter}}']);
    expect(outcome.stdout).toContain('client itself was probably the bottleneck');
    expect(outcome.code).toBe(3);
  });

  test('a machine without descriptors is a saturated client, in errors, verdict and exit code', async () => {
    await using server = await startServer(echoUpperCase);
    const load = [CLI, '--port', String(server.port), '-c', '200', '--reconnect-attempts', '0'];
    const limited = ['-c', 'ulimit -n 80 && exec "$@"', 'sh', process.execPath, ...load];
    const { code, stdout } = await spawnReading('sh', [...limited, '--fail-if-saturated']).outcome;
    expect(stdout).toMatch(/errors +\d+: clientLimit \d+\n/);
    expect(stdout).toContain('The client itself was the bottleneck');
    expect(stdout).toContain('because local ports, descriptors or memory ran out here');
    expect(code).toBe(3);
    expect((await spawnReading('sh', limited).outcome).code).toBe(1);
  });

  test('a bounded run that could not send everything fails, although nothing was an error', async () => {
    await using server = await startServer((socket, index) => {
      if (index > 0) socket.end();
      else socket.on('data', (chunk) => socket.end(chunk.toString().toUpperCase()));
    });
    const load = ['--port', String(server.port), '-n', '5', '--think-ms', '100'];
    const outcome = await runCli([...load, '--reconnect-attempts', '1']);
    expect(outcome.stdout).toMatch(/1 sent, 1 right replies, 0 failed, 0 unanswered, 4 unsent/);
    expect(outcome.stdout).toContain('errors      none');
    expect(outcome.code).toBe(1);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends the run with what was measured, and exit code 130',
    async (signal) => {
      const { promise: warm, resolve } = Promise.withResolvers<void>();
      let requests = 0;
      await using server = await startServer((socket) => {
        echoUpperCase(socket);
        socket.on('data', () => {
          requests += 1;
          if (requests === 100) resolve();
        });
      });
      await using folder = await temporaryFolder();
      const load = ['--port', String(server.port), '-d', '10m', '-c', '2', '--threads', '2'];
      const json = folder.file('partial.json');
      const { child, outcome } = spawnReading(process.execPath, [CLI, ...load, '--json', json]);
      await warm;
      child.kill(signal);
      const { code, stdout } = await outcome;
      expect(code).toBe(130);
      expect(stdout).toMatch(/^Stopped: closed model, 2 connections/);
      const [result] = parseResults(await readFile(json, 'utf8'), json);
      expect(result?.aborted).toBe(true);
      expect(result?.requests.right).toBeGreaterThanOrEqual(98);
      const { sent = 0, right = 0, unanswered = 0 } = result?.requests ?? {};
      expect(sent).toBe(right + unanswered);
    },
  );

  test.skipIf(!hasScript)(
    'on a terminal the progress is drawn in place (skipped where script is missing)',
    async () => {
      await using server = await startServer(echoUpperCase);
      const load = `'${process.execPath}' '${CLI}' --port ${server.port} --rate 50 -d 2s`;
      const { stdout } = await spawnReading(ON_TERMINAL, ['-qec', load, '/dev/null']).outcome;
      // [drawn, rows to go up, drawn, rows to go up, …, summary]: as many rows as were drawn
      const frames = stdout.replaceAll('\u001B', 'ESC').split(/ESC\[(\d+)AESC\[0J/);
      expect(frames.length).toBeGreaterThanOrEqual(3);
      for (let at = 1; at < frames.length; at += 2)
        expect(frames[at - 1]?.split('\n').length).toBe(Number(frames[at]) + 1);
      expect(stdout).toMatch(/\[#{15}\.{15}\] 1 s/);
      expect(stdout).toMatch(/rate +\d+ sent\/s/);
      // What was drawn is gone when the summary comes.
      expect(stdout).toContain('\u001B[0Jopen model');
    },
  );

  test('elsewhere the progress is a plain line a second, and --quiet shows none', async () => {
    await using server = await startServer(echoUpperCase);
    const load = ['--port', String(server.port), '--rate', '50', '-d', '1200ms'];
    expect((await runCli(load)).stderr).toMatch(/^ +1 s: \d+ sent, \d+ right, 0 errors, p50 /);
    expect((await runCli([...load, '--quiet'])).stderr).toBe('');
  });

  test('repeated runs are all in the JSON, CSV, HDR log and HTML report', async () => {
    await using server = await startServer(echoUpperCase);
    await using folder = await temporaryFolder();
    const { file } = folder;
    const load = ['--port', String(server.port), '-n', '20', '-c', '2', '--repeat', '3'];
    const tables = ['--json', file('a.json'), '--csv', file('a.csv')];
    const reports = ['--hdr', file('a.hdr'), '--report', file('a.html')];
    expect((await runCli([...load, ...tables, ...reports])).code).toBe(0);
    expect(parseResults(await readFile(file('a.json'), 'utf8'), 'a')).toHaveLength(3);
    const csv = (await readFile(file('a.csv'), 'utf8')).trimEnd().split('\n');
    expect(csv[0]).toMatch(/^run,second,sent,right,refused,/);
    expect(new Set(csv.slice(1).map((line) => line.split(',')[0]))).toEqual(
      new Set(['1', '2', '3']),
    );
    const reader = new HistogramLogReader(await readFile(file('a.hdr'), 'utf8'));
    const counts: Record<string, number> = {};
    for (;;) {
      const histogram = reader.nextIntervalHistogram();
      if (histogram === null || histogram === undefined) break;
      counts[histogram.tag] = (counts[histogram.tag] ?? 0) + histogram.totalCount;
    }
    expect(counts).toEqual({ 'run-1': 40, 'run-2': 40, 'run-3': 40 });
    const html = await readFile(file('a.html'), 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    for (const run of [1, 2, 3]) expect(html).toContain(`id="latency-by-percentile-${run}"`);
    const ids = html.match(/ id="[^"]+"/g) ?? [];
    expect(ids).toEqual([...new Set(ids)]);
  });

  test('compare states what repeated runs allow, and holds ratios', async () => {
    await using server = await startServer(echoUpperCase);
    await using folder = await temporaryFolder();
    const { file } = folder;
    const load = ['--port', String(server.port), '-n', '5', '--quiet', '--json'];
    await runCli([...load, file('a.json'), '--repeat', '5']);
    await runCli([...load, file('b.json')]);
    const [a, b] = [file('a.json'), file('b.json')];
    const same = await runCli(['compare', a, a, '--expect', 'p99<=1x']);
    expect(same.code).toBe(0);
    // On a busy machine the client itself may have been the bottleneck of a run, which is told.
    expect(same.stderr.replaceAll(/^DOUBTFUL: .*\n/gm, '')).toBe('');
    expect(same.stdout).toContain('No difference beyond chance at the 5 % level');
    expect((await runCli(['compare', b, b])).stdout).toContain('says nothing about chance');
    const runs = parseResults(await readFile(a, 'utf8'), a);
    const rates = (base: number): readonly LoadResult[] =>
      Array.from(runs, (run, index) => ({ ...run, throughput: base + index }));
    await writeFile(file('fast.json'), JSON.stringify(rates(1000)));
    await writeFile(file('slow.json'), JSON.stringify(rates(900)));
    const fast = file('fast.json');
    const worse = await runCli([
      'compare',
      fast,
      file('slow.json'),
      '--expect',
      'throughput>0.95x',
    ]);
    expect(worse.stdout).toMatch(/Beyond chance at the 5 % level: throughput \(p = 0\.008\)/);
    expect(worse.code).toBe(4);
    await writeFile(file('three.json'), JSON.stringify(rates(900).slice(0, 3)));
    await writeFile(file('other.json'), JSON.stringify(rates(1000).slice(0, 3)));
    expect((await runCli(['compare', file('other.json'), file('three.json')])).stdout).toContain(
      'Too few runs',
    );
    const missing = await runCli(['compare', a, file('nope.json')]);
    expect(missing.code).toBe(1);
    expect(missing.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('merge adds machines that ran at the same time, and refuses other runs', async () => {
    await using server = await startServer(echoUpperCase);
    await using folder = await temporaryFolder();
    const { file } = folder;
    const load = ['--port', String(server.port), '-d', '2s', '--rate', '100', '--quiet', '--json'];
    const [a, b] = [file('a.json'), file('b.json')];
    await Promise.all([runCli([...load, a]), runCli([...load, b])]);
    const merged = await runCli([
      'merge',
      a,
      b,
      '--json',
      file('m.json'),
      '--report',
      file('m.html'),
    ]);
    expect(merged).toMatchObject({ code: 0, stderr: '' });
    const [sum] = await results(file('m.json'));
    const parts = [...(await results(a)), ...(await results(b))];
    expect(sum?.machines).toBe(2);
    expect(sum?.latency.count).toBe(parts.reduce((count, { latency }) => count + latency.count, 0));
    expect(sum?.throughput).toBeCloseTo(
      parts.reduce((rate, { throughput }) => rate + throughput, 0),
    );
    // The sum is held against conditions of its own, as a run is.
    const judged = await runCli(['merge', a, b, '--expect', 'p99<1us,right>1', '--tap', '-']);
    expect(judged.code).toBe(4);
    expect(judged.stdout).toMatch(/^not ok 1 - p99<1us\n[^]*^ok 2 - right>1\n/m);
    const lost = parts.map((each) => ({ ...each, requests: { ...each.requests, unsent: 3 } }));
    await writeFile(file('lost.json'), JSON.stringify(lost[1]));
    const failed = await runCli(['merge', a, file('lost.json'), '--json', file('f.json')]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toBe(
      'BROKEN: every request is sent (is 3: 3 requests were never sent)\n',
    );
    const [fails] = await results(file('f.json'));
    expect(fails?.conditions?.filter(({ met }) => !met)).toHaveLength(1);
    const [part] = parts;
    const later = { ...part, startedAtMs: (part?.startedAtMs ?? 0) + 9e6 };
    await writeFile(file('later.json'), JSON.stringify(later));
    const refused = await runCli(['merge', a, file('later.json')]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('not under way at the same time');
    expect((await runCli(['merge', a, a])).stderr).toContain('given twice');
    await writeFile(file('broken.json'), 'nonsense');
    expect(await runCli(['merge', file('broken.json')])).toMatchObject({ code: 1, stdout: '' });
    const edited = { ...part, requests: { ...part?.requests, sent: -5 } };
    await writeFile(file('edited.json'), JSON.stringify(edited));
    for (const args of [
      ['merge', a, file('edited.json')],
      ['compare', a, file('edited.json')],
    ]) {
      expect(await runCli(args)).toEqual({
        code: 1,
        stdout: '',
        stderr: `sockpool-load: Cannot read '${file('edited.json')}': requests.sent is -5, which cannot be\n`,
      });
    }
  });
});
