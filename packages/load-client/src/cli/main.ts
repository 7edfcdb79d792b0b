import { createRequire } from 'node:module';
import { usageMessage } from '@sockpool/option-checks';
import { Command, CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';
import {
  addConditions,
  parseCount,
  parseDuration,
  parseRangeMs,
  parseRate,
  refuseRepeats,
} from './option-values.ts';
import type { ProxyFlags } from './proxy-command.ts';
import { runCommand } from './run-command.ts';
import { addRunFlags, type RunFlags } from './run-flags.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command('sockpool-load')
    .description(
      'Put load on a TCP server, verify every reply, and measure. With --rate or --stage the model is ' +
        'open (latency counts from the due time), otherwise closed.',
    )
    .version(version)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(`sockpool-load: ${usageMessage(text, { help: 'sockpool-load --help' })}\n`),
    });
  addRunFlags(program)
    .argument(
      '[url]',
      'http(s)://, h2(c)://, ws(s)://, tcp://, tls:// or unix:, instead of --host and --port',
    )
    .action(async (url: string | undefined, flags: RunFlags) => {
      setExitCode(await runCommand(url === undefined ? flags : { ...flags, url }));
    });
  program
    .command('proxy <target>')
    .description('a network that takes time: a proxy to host:port or a URL, until SIGINT')
    .option('--delay <time>', 'how long bytes, ends and resets take each way', parseDuration)
    .option('--jitter <time>', 'by how much longer at most', parseDuration)
    .option('--bandwidth <bytes>', 'bytes a second each way of a connection', parseRate)
    .option('--cut-after <min..max>', 'reset each connection after so many ms', parseRangeMs)
    .option('--listen <port>', 'port to listen on (default a free one)', parseCount)
    .action(async (target: string, flags: ProxyFlags) => {
      const { proxyCommand } = await import('./proxy-command.ts');
      setExitCode(await proxyCommand(target, flags));
    });
  program
    .command('compare <baseline> <candidate>')
    .description('compare two JSON results, or two sets of repeated runs')
    .option(
      '--expect <ratios>',
      "such as 'p99<1.1x,throughput>0.95x'; exit code 4 when broken; repeatable",
      addConditions,
    )
    .option('--anyway', 'compare runs that were stopped or asked to do different things')
    .option('--fail-if-saturated', 'exit code 3 when the client was the bottleneck on a side')
    .action(async (baseline: string, candidate: string, _flags: unknown, command: Command) => {
      const { compareCommand } = await import('./result-commands.ts');
      setExitCode(await compareCommand(baseline, candidate, command.optsWithGlobals()));
    });
  program
    .command('merge <files...>')
    .description(
      'add the JSON results of machines that ran at the same time, exactly, and judge the sum',
    )
    .option('--clock-skew <time>', 'difference of their clocks (default 1s)', parseDuration)
    .option(
      '--expect <thresholds>',
      "conditions on the sum, such as 'p99<5ms'; exit code 4 when broken; repeatable",
      addConditions,
    )
    .option('--fail-if-saturated', 'exit code 3 when the client was the bottleneck on a machine')
    .option('--json <file>', "write the sum as JSON ('-' for standard output)")
    .option('--csv <file>', 'write its timeline as CSV')
    .option('--hdr <file>', 'write an HdrHistogram log of it')
    .option('--report <file>', 'write an HTML report of it')
    .option('--junit <file>', 'write its conditions as JUnit XML')
    .option('--tap <file>', 'write its conditions as TAP')
    .action(async (files: string[], _flags: unknown, command: Command) => {
      const { mergeCommand } = await import('./result-commands.ts');
      setExitCode(await mergeCommand(files, command.optsWithGlobals()));
    });
  for (const command of [program, ...program.commands]) refuseRepeats(command);
  return program;
}

/**
 * Hears of errors of standard output. Whoever reads no further, such as `head`, has seen enough;
 * any other error, such as of a full disk, calls `fail`.
 */
function listenForErrors(fail: (error: Error) => void): void {
  const listener = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') fail(error);
  };
  process.stdout.on('error', listener);
  // When that can't be written, there is nowhere to say so.
  process.stderr.on('error', listener);
}

/** Says what went wrong in one line, and returns the exit code. */
function tellError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`sockpool-load: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
  return error instanceof TypeError || error instanceof RangeError ? EXIT.usage : EXIT.failed;
}

/** Runs the command line and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  let unwritten: Error | undefined;
  listenForErrors((error) => {
    unwritten ??= error;
  });
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    exitCode = tellError(error);
  }
  // An error of a stream comes in a turn of its own.
  await new Promise((resolve) => setImmediate(resolve));
  if (unwritten === undefined) return exitCode;
  process.stderr.write(`sockpool-load: Cannot write to standard output: ${unwritten.message}\n`);
  return EXIT.failed;
}
