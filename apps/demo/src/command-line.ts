import { FRAMINGS } from '@sockpool/echo-protocol';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type DashboardDemoOptions, showDashboard } from './dashboard.ts';
import { runNotebook } from './notebook.ts';
import { POOL_NAMES } from './pools.ts';
import { serve, type ServeFlags } from './serve.ts';

/** Exit codes of the program. */
const FAILED = 1;
const USAGE = 2;

/**
 * Runs the demo's command line.
 *
 * @param argv the arguments, without the program's name
 * @param version what `--version` prints
 * @returns the exit code: 0, 1 after a failed run, 2 after wrong usage
 */
export async function runCommandLine(argv: readonly string[], version: string): Promise<number> {
  let code = 0;
  const program = createProgram(version, (outcome) => {
    code = outcome ? 0 : FAILED;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    if (error instanceof TypeError || error instanceof RangeError) {
      console.error(`error: ${error.message}`);
      return USAGE;
    }
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    return FAILED;
  }
  return code;
}

function createProgram(version: string, finish: (right: boolean) => void): Command {
  const program = new Command('sockpool-demo')
    .description(
      "Runs the notebook's programs on the sockpool packages, and serves for other clients.",
    )
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${text.trim().split('\n')[0]}\n`) });
  program
    .command('notebook', { isDefault: true })
    .description("run the notebook's programs and check every reply")
    .option('--seed-timing', "the notebook's own think time of up to 3 seconds", false)
    .action(async (flags: { seedTiming: boolean }) => finish(await runNotebook(flags)));
  addServeOptions(program.command('serve'))
    .description('serve the upper-case echo until SIGTERM or SIGINT')
    .addOption(
      new Option('--framing <name>', 'how messages are told apart')
        .choices([...FRAMINGS])
        .default('raw'),
    )
    .option('--quiet', 'print no line per message', false)
    .action(
      async ({
        framing,
        quiet,
        ...flags
      }: ServeFlags & { framing: (typeof FRAMINGS)[number]; quiet: boolean }) => {
        const handler = new URL('./echo-service.js', import.meta.url);
        await serve(flags, handler, { framing, talk: quiet ? 'nothing' : 'messages' });
      },
    );
  program
    .command('dashboard')
    .description('show a pool under load on its dashboard, and the lanes of the notebook’s pools')
    .addOption(
      new Option('--pool <kind>', 'what the workers are').choices(POOL_NAMES).default('process'),
    )
    .option('--port <number>', 'of the dashboard; 0 picks a free port', wholeNumber(0, 65_535), 0)
    .option('--workers <count>', 'how many workers', wholeNumber(1), 4)
    .option('--no-open', 'open no browser')
    .action((flags: DashboardDemoOptions) => showDashboard(flags));
  addServeOptions(program.command('serve-fastify'))
    .description('serve a Fastify app until SIGTERM or SIGINT')
    .action((flags: ServeFlags) => serve(flags, new URL('./fastify-app.js', import.meta.url)));
  return program;
}

function addServeOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--pool <kind>', 'what the workers are').choices(POOL_NAMES).default('process'),
    )
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option(
      '--port <number>',
      'where to listen; 0 picks a free port',
      wholeNumber(0, 65_535),
      20_446,
    )
    .option('--workers <count>', 'how many workers (default: as sockpool serve)', wholeNumber(1))
    .option(
      '--max-connections-per-worker <count>',
      'open connections of one worker (default: 10000)',
      wholeNumber(1),
    )
    .option(
      '--grace-ms <ms>',
      'how long a close waits for open connections (default: 10000)',
      wholeNumber(0),
    )
    .option(
      '--control-signals',
      'SIGHUP restarts, SIGTTIN and SIGTTOU add and remove a worker, SIGUSR2 upgrades the primary',
      false,
    );
}

function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
      const upper = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
      throw new InvalidArgumentError(`It must be a whole number, ${upper}.`);
    }
    return value;
  };
}
