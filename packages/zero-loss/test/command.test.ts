import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { ZeroLossReport } from '../src/zero-loss-report.ts';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** A small load, as flags. */
const SMALL =
  // A busy machine lets the clients stand still now and then.
  '--connections 5 --think-ms 0..20 --new 10 --quiet-time 100ms --stall-limit 1m'.split(' ');

async function run(
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

/** A web server that can be broken by a request: then it resets every other one of the next ten. */
async function startWeb(): Promise<{ url: string; hosts: Set<string | undefined> }> {
  let broken = false;
  let count = 0;
  const hosts = new Set<string | undefined>();
  const server: Server = createServer((request, response) => {
    count += 1;
    if (request.url === '/break') {
      broken = true;
      count = 0;
      // Until some have been reset.
      const wait = setInterval(() => {
        if (count < 10) return;
        clearInterval(wait);
        broken = false;
        response.end();
      }, 10);
      return;
    }
    hosts.add(request.headers.host);
    if (broken && count % 2 === 0) request.socket.resetAndDestroy();
    else response.end('fine');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hosts };
}

test('a command that disturbs nobody is a check that nothing is lost in', async () => {
  const { url, hosts } = await startWeb();
  const { code, stdout, stderr } = await run([
    `${url}/path`,
    ...SMALL,
    '--during=true',
    '--times=3',
    '--delay=5ms',
    '--json=-',
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toMatch(/during 3 disruptions \(3 × true/);
  expect(stderr).toMatch(/nothing lost: 0 of \d+, with 95 % confidence fewer than 1 in \d+/);
  const report = JSON.parse(stdout) as ZeroLossReport;
  expect(report.ok).toBe(true);
  expect(report.held.statuses['200']).toBe(report.held.requests.right);
  expect(report.held.latency.minMs).toBeGreaterThanOrEqual(9);
  // The server hears its own name, not that of the proxy in between.
  expect([...hosts]).toEqual([url.slice('http://'.length)]);
});

test('--http asks by HTTP over tcp:// too, and the server hears its own name', async () => {
  const { url, hosts } = await startWeb();
  const address = url.replace('http:', 'tcp:');
  const asked = ['--http', 'GET /path', '--delay', '1ms', '--json', '-'];
  const { code, stdout } = await run([address, ...SMALL, '--during', 'true', ...asked]);
  expect(code).toBe(0);
  const { held } = JSON.parse(stdout) as ZeroLossReport;
  expect(held.statuses['200']).toBe(held.requests.right);
  expect([...hosts]).toEqual([url.slice('http://'.length)]);
});

test('what is lost gives exit code 1, and is told by class in all outputs', async () => {
  const { url } = await startWeb();
  const folder = await mkdtemp(join(tmpdir(), 'zero-loss-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = (name: string): string => join(folder, name);
  const breaking = `"${process.execPath}" -e "fetch('${url}/break')"`;
  const { code, stdout } = await run([
    url,
    ...SMALL,
    `--during=${breaking}`,
    `--junit=${file('a.xml')}`,
    `--tap=${file('a.tap')}`,
    `--report=${file('a.html')}`,
  ]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/lost: \d+ × reset \(held\): \d+ × ECONNRESET; in second \d/);
  expect(await readFile(file('a.tap'), 'utf8')).toMatch(/not ok \d - .*nothing lost \(held\)/);
  expect(await readFile(file('a.xml'), 'utf8')).toContain('<failure message="nothing lost (held)');
  expect(await readFile(file('a.html'), 'utf8')).toContain('BROKEN');
});

test('with retries what was sent again in time is told apart from what was lost', async () => {
  const { url } = await startWeb();
  const breaking = `"${process.execPath}" -e "fetch('${url}/break')"`;
  const args = [url, ...SMALL, '--during', breaking, '--retries', '50'];
  const { code, stdout } = await run(args);
  expect(stdout).toMatch(/\d+ attempts failed and were sent again/);
  expect(stdout).toContain('nothing lost');
  expect(code).toBe(0);
});

test('a command that fails is told with its exit code', async () => {
  const { url } = await startWeb();
  const { code, stdout, stderr } = await run([url, ...SMALL, '--during', 'exit 3', '--json', '-']);
  const told = "Cannot disturb the server: 'exit 3' ended with exit code 3";
  expect(stderr).toContain(`zero-loss: ${told}`);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, problems: [told], losses: [] });
  expect(code).toBe(1);
});

/** Whether a process runs; what is dead and not waited for by anybody does not. */
async function runs(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** A command that goes on after SIGTERM, as its child does, and the file where both write their process ids. */
async function hangingCommand(): Promise<{ command: string; pids: () => Promise<number[]> }> {
  const folder = await mkdtemp(join(tmpdir(), 'zero-loss-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'pids');
  return {
    command: `trap '' TERM; sleep 600 & echo $$ $! > ${file}; wait; sleep 600`,
    pids: async () => {
      const told = await readFile(file, 'utf8').catch(() => '');
      return told.endsWith('\n') ? told.trim().split(' ').map(Number) : [];
    },
  };
}

test('a command that hangs is ended with all that it started, and told in every output', async () => {
  const { url } = await startWeb();
  const { command, pids } = await hangingCommand();
  const limit = ['--max-duration', '3s', '--times', '3', '--tap', '-'];
  const { code, stdout, stderr } = await run([url, ...SMALL, '--during', command, ...limit]);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^zero-loss: Cannot finish the check: 'trap .* was not over after 3000 ms/m,
  );
  expect(stderr).toContain('it was killed by SIGKILL, since it went on after SIGTERM');
  expect(stderr).toContain('during 1 disruption (');
  expect(stdout).toMatch(/not ok 2 - .*the check is conclusive\n.*\n.*was not over after 3000 ms/);
  const started = await pids();
  expect(started).toHaveLength(2);
  for (const pid of started) await expect.poll(() => runs(pid)).toBe(false);
});

test('SIGINT ends the command with all that it started', async () => {
  const { url } = await startWeb();
  const { command, pids } = await hangingCommand();
  const args = [CLI, url, ...SMALL, '--during', command];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  await expect.poll(pids, { timeout: 30_000 }).toHaveLength(2);
  child.kill('SIGINT');
  const [told, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ code, told }).toEqual({
    code: 130,
    told: 'zero-loss: A signal stopped the check before its end\n',
  });
  for (const pid of await pids()) await expect.poll(() => runs(pid)).toBe(false);
});

test.each([
  [[], 'Cannot check: no URL is given; see zero-loss --help'],
  [['http://a.test/'], 'Cannot check: no command is given'],
  [['udp://a.test/', '--during', 'true'], 'UDP is not spoken'],
  [['http://a.test/', '--during', 'true', '--delay', '5'], 'a time with its unit'],
  [['http://a.test/', '--during', 'true', '--nonsense'], 'Unknown option --nonsense: see'],
  [
    ['http://a.test/', '--during', 'true', '--during', 'false'],
    'Option --during must be given once',
  ],
  [['http://a.test/', '--during', ' '], 'Option --during must be a command'],
  [['http://a.test/', '--during', 'true', '--ws-binary'], 'it is for WebSocket'],
  [['ws://a.test/', '--during', 'true', '--http-status', '200'], 'it is not asked by HTTP'],
  [['tcp://a.test:1', '--during', 'true', '--http2'], "or --http 'GET /path'"],
  [['tcp://a.test:1', '--during', 'true', '--http-header', 'A: b'], 'it has no header fields'],
  [['http://a.test/x', '--during', 'true', '--http', 'GET /y'], 'write the path in --http'],
  [['http://a.test/', '--durin', 'true'], 'Unknown option --durin: did you mean --during? See'],
  [['http://a.test/', 'b', '--during', 'true'], 'Cannot check: two URLs are given'],
  [
    ['http://a.test/', '--during', 'true', '--times', '0'],
    'Option --times must be a whole number, 1',
  ],
  [['http://a.test/', '--during', 'true', '--http', 'POST /', '--retries', '1'], 'idempotent'],
])('%j is a usage error in one line', async (args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect(stderr).toContain(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('--help and --version work', async () => {
  expect((await run(['--help'])).stdout).toContain('Usage: zero-loss <url> --during <command>');
  expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
