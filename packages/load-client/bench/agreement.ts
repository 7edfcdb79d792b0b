// Whether throughput and latency agree with wrk, hey and h2load, and what a request costs beside them:
// one server, the same connections, in alternation. Needs wrk, hey and nghttp2-client.
// node bench/agreement.ts [ROUNDS] [SECONDS] [URL]
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROUNDS = Number(process.argv[2] ?? 5);
const SECONDS = Number(process.argv[3] ?? 5);
const CONNECTIONS = 64;
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const SERVER = fileURLToPath(new URL('fixtures/http-server.ts', import.meta.url));

interface Figures {
  readonly perSecond: number;
  readonly meanMs: number;
  readonly requests: number;
}

interface Tool {
  readonly command: readonly string[];
  readonly read: (output: string) => Figures;
}

const numberOf = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

function timeOf(text: string, pattern: RegExp): number {
  const [, value, unit = 'ms'] = pattern.exec(text) ?? [];
  return Number(value) * (UNIT_MS[unit] ?? Number.NaN);
}

const toolsFor = (url: string): Readonly<Record<string, Tool>> => ({
  wrk: {
    command: ['wrk', '-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, url],
    read: (text) => ({
      perSecond: numberOf(text, /Requests\/sec:\s+([\d.]+)/),
      meanMs: timeOf(text, /Latency\s+([\d.]+)(us|ms|s)/),
      requests: numberOf(text, /(\d+) requests in/),
    }),
  },
  hey: {
    command: ['hey', '-cpus', '1', '-c', String(CONNECTIONS), '-z', `${SECONDS}s`, url],
    read: (text) => ({
      perSecond: numberOf(text, /Requests\/sec:\s+([\d.]+)/),
      meanMs: numberOf(text, /Average:\s+([\d.]+) secs/) * 1000,
      requests: numberOf(text, /\[200\]\s+(\d+) responses/),
    }),
  },
  h2load: {
    command: ['h2load', '--h1', '-t1', `-c${CONNECTIONS}`, `-D${SECONDS}`, url],
    read: (text) => ({
      perSecond: numberOf(text, /finished in .*?, ([\d.]+) req\/s/),
      meanMs: timeOf(text, /time for request:\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)/),
      requests: numberOf(text, /(\d+) succeeded/),
    }),
  },
  'sockpool-load': {
    command: [
      process.execPath,
      CLI,
      url,
      '-c',
      String(CONNECTIONS),
      '-d',
      `${SECONDS}s`,
      '-q',
      '--json=-',
    ],
    read: (text) => {
      const { throughput, latency, requests } = JSON.parse(text);
      return { perSecond: throughput, meanMs: latency.meanMs, requests: requests.right };
    },
  },
});

/** The seconds in a line of the shell's `times`: user and system of what it has run. */
function secondsIn(line: string): number {
  const times = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  return times.reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

/** Runs a tool and returns its figures with what a request cost, in microseconds of CPU. */
function measure({ command, read }: Tool): Figures & { readonly cpuUs: number } {
  const script = '"$@" 2>/dev/null; echo; echo TIMES; times';
  const output = execFileSync('sh', ['-c', script, 'sh', ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 100_000_000,
  });
  const [text = '', times = ''] = output.split('\nTIMES\n');
  const figures = read(text);
  const [, ofChildren = ''] = times.trim().split('\n');
  return { ...figures, cpuUs: (secondsIn(ofChildren) / figures.requests) * 1e6 };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const server = spawn(process.execPath, [SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
const [port] = (await once(createInterface(server.stdout), 'line')) as [string];
const tools = Object.entries(toolsFor(process.argv[4] ?? `http://127.0.0.1:${port}/`));
const measured = new Map(tools.map(([name]) => [name, [] as ReturnType<typeof measure>[]]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, tool] of tools) measured.get(name)?.push(measure(tool));
}
const medianOf = (name: string, pick: (figures: ReturnType<typeof measure>) => number): number =>
  median((measured.get(name) ?? []).map(pick));
for (const [name] of tools) {
  const perSecond = medianOf(name, (each) => each.perSecond);
  const meanMs = medianOf(name, (each) => each.meanMs);
  const cpuUs = medianOf(name, (each) => each.cpuUs);
  console.log(
    `${name.padEnd(14)} ${perSecond.toFixed(0).padStart(7)} replies/s, mean ${meanMs.toFixed(3)} ms, ` +
      `${cpuUs.toFixed(1)} µs of CPU a request, ${(cpuUs / medianOf('wrk', (each) => each.cpuUs)).toFixed(2)} of wrk's`,
  );
}
server.stdin.end();
await once(server, 'exit');
