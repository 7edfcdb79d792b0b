import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { sumErrorCounts } from '../error-class.ts';
import type { LoadOptions } from '../load-options.ts';
import { formatSummary } from '../report/text-summary.ts';
import { runLoad } from '../run-load.ts';
import { parseCount, parseDuration, parseRangeMs } from './option-values.ts';

interface RunFlags {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly requests?: number;
  readonly duration?: number;
  readonly thinkMs?: readonly [number, number];
  readonly connectTimeout?: number;
  readonly replyTimeout?: number;
  readonly json?: string;
}

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

function createProgram(setExitCode: (code: number) => void): Command {
  return new Command('sockpool-load')
    .description('Put load on a TCP server, verify every reply, and measure.')
    .version(version)
    .option('--host <host>', 'host to connect to', '127.0.0.1')
    .requiredOption('--port <port>', 'TCP port to connect to', parseCount)
    .option('-c, --connections <count>', 'connections held at the same time', parseCount, 1)
    .option('-n, --requests <count>', 'requests of each connection', parseCount)
    .option('-d, --duration <time>', "how long to send, such as '10s'", parseDuration)
    .option('--think-ms <min..max>', 'random think time before each request', parseRangeMs)
    .option('--connect-timeout <time>', 'limit for one attempt to connect', parseDuration)
    .option('--reply-timeout <time>', 'limit for one reply', parseDuration)
    .option('--json <file>', 'write the result as JSON')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/\n(?=.)/g, ' ')) })
    .action(async (flags: RunFlags) => {
      const stop = new AbortController();
      const onSignal = (): void => stop.abort();
      process.once('SIGINT', onSignal);
      try {
        const options: LoadOptions = {
          host: flags.host,
          port: flags.port,
          connections: flags.connections,
          requests: flags.requests,
          durationMs: flags.duration,
          thinkMs: flags.thinkMs,
          connectTimeoutMs: flags.connectTimeout,
          replyTimeoutMs: flags.replyTimeout,
          signal: stop.signal,
        };
        const result = await runLoad(options);
        process.stdout.write(formatSummary(result));
        if (flags.json !== undefined) {
          await writeFile(flags.json, `${JSON.stringify(result, null, 2)}\n`);
        }
        const failed = sumErrorCounts(result.errors) + result.requests.unanswered;
        if (result.aborted) setExitCode(130);
        else if (failed > 0 || result.requests.right === 0) setExitCode(1);
      } finally {
        process.off('SIGINT', onSignal);
      }
    });
}

/** Runs the command line and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`sockpool-load: ${message}\n`);
    return error instanceof TypeError || error instanceof RangeError ? 2 : 1;
  }
  return exitCode;
}
