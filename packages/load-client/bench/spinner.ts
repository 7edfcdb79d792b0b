// How often the verdict sees that the client waits for a processor. A program that spins is put on the
// client's core, and then a slow server beside a client alone. Needs Linux with taskset and two cores
// that are idle. Exits with 1 unless 9 of 10 runs of each mode are flagged, and none beside the slow
// server. In seven minutes: node bench/spinner.ts 10 50
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseResults } from '../dist/index.js';

const RUNS = Number(process.argv[2] ?? 20);
const SLOW_RUNS = Number(process.argv[3] ?? 50);
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const CLIENT_CORE = '0';
const SERVER_CORE = '1';

const MODES: Readonly<Record<string, readonly string[]>> = {
  'closed, 1 connection': ['-c', '1'],
  'closed, 64 connections': ['-c', '64'],
  'closed, 2 threads': ['-c', '64', '-t', '2'],
  'closed, thinking': ['-c', '20', '--think-ms', '0..20'],
  'open, timer': ['-c', '10', '-r', '1000', '--pacing', 'timer'],
  'open, precise': ['-c', '10', '-r', '1000'],
};

const SLOW_MODES: Readonly<Record<string, readonly string[]>> = {
  closed: ['-c', '4'],
  '2 threads': ['-c', '8', '-t', '2'],
  open: ['-c', '20', '-r', '100'],
};

/** Starts a program on a core and returns its first line and a way to end it. */
async function start(core: string, args: readonly string[], waitForLine: boolean) {
  const child = spawn('taskset', ['-c', core, process.execPath, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const line = waitForLine ? String((await once(child.stdout, 'data'))[0]).trim() : '';
  return {
    line,
    stop: async (): Promise<void> => {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

/** Makes one run on the client's core; returns whether the client was the bottleneck, and p50. */
async function run(port: string, args: readonly string[]): Promise<[boolean, number]> {
  const load = [CLI, '-p', port, '-d', '1s', '--warmup', '200ms', '--json', '-', '-q', ...args];
  const child = spawn('taskset', ['-c', CLIENT_CORE, process.execPath, ...load], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let json = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (json += text));
  await once(child, 'close');
  const [result] = parseResults(json, 'stdout');
  if (result === undefined) throw new Error('No result');
  return [result.client.saturated, result.latency.p50Ms];
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Makes runs of a mode; `expected` tells whether so many flagged runs are as they should be. */
async function series(
  name: string,
  port: string,
  args: readonly string[],
  runs: number,
  expected: (flagged: number) => boolean,
) {
  const outcomes: [boolean, number][] = [];
  for (let index = 0; index < runs; index += 1) outcomes.push(await run(port, args));
  const flagged = outcomes.filter(([saturated]) => saturated).length;
  const p50 = median(outcomes.map(([, p50Ms]) => p50Ms));
  const verdict = expected(flagged) ? 'as it should be' : 'WRONG';
  if (!expected(flagged)) process.exitCode = 1;
  console.log(
    `${verdict}: ${name}: ${flagged} of ${runs} runs flagged, median p50 ${p50.toFixed(3)} ms`,
  );
}

const fast = await start(
  SERVER_CORE,
  [fileURLToPath(new URL('fixtures/fast-server.ts', import.meta.url))],
  true,
);
const spinner = await start(CLIENT_CORE, ['-e', 'for (;;);'], false);
for (const [mode, args] of Object.entries(MODES)) {
  await series(`spinner on the client's core, ${mode}`, fast.line, args, RUNS, (flagged) => {
    return flagged >= 0.9 * RUNS;
  });
}
await spinner.stop();
await fast.stop();
const slow = await start(
  SERVER_CORE,
  [fileURLToPath(new URL('fixtures/slow-server.ts', import.meta.url))],
  true,
);
for (const [mode, args] of Object.entries(SLOW_MODES)) {
  await series(`beside a slow server, ${mode}`, slow.line, args, SLOW_RUNS, (flagged) => {
    return flagged === 0;
  });
}
await slow.stop();
