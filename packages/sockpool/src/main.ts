import { parseArgs } from 'node:util';
import { nearestName, onceOnly, usageMessage } from '@sockpool/option-checks';
import { COMMANDS, type Command } from './cli/commands.ts';
import { EXIT, FailedError, UsageError } from './cli/exit-codes.ts';
import type { Told } from './cli/told.ts';
import { serve } from './serving/serve-command.ts';

/** What does the work of a command; loaded only when it is called, but for `serve`. */
type Work = (told: Told) => Promise<number>;

const WORK: Readonly<Record<string, () => Promise<Work>>> = Object.freeze({
  // In one file with this one: each file more delays the start of workers.
  serve: async () => serve,
  ps: async () => (await import('./steering/ps.ts')).ps,
  status: async () => (await import('./steering/status.ts')).status,
  top: async () => (await import('./steering/top.ts')).top,
  restart: async () => (await import('./steering/verbs.ts')).restart,
  resize: async () => (await import('./steering/verbs.ts')).resize,
  pause: async () => (await import('./steering/verbs.ts')).pause,
  resume: async () => (await import('./steering/verbs.ts')).resume,
  stop: async () => (await import('./steering/verbs.ts')).stop,
  upgrade: async () => (await import('./steering/verbs.ts')).upgrade,
  'reload-tls': async () => (await import('./steering/verbs.ts')).reloadTls,
  events: async () => (await import('./steering/events.ts')).events,
  connections: async () => (await import('./steering/connections.ts')).connections,
  stack: async () => (await import('./steering/inspections.ts')).stack,
  profile: async () => (await import('./steering/inspections.ts')).profile,
  heap: async () => (await import('./steering/inspections.ts')).heap,
  completion: async () => (await import('./cli/completion.ts')).completion,
});

/** What those who come from PM2 write first, and what to write here. */
const PM2_COMMANDS: Readonly<Record<string, string>> = Object.freeze({
  start: 'sockpool serve',
  reload: 'sockpool restart',
  scale: 'sockpool resize',
  list: 'sockpool ps',
  ls: 'sockpool ps',
  show: 'sockpool status',
  monit: 'sockpool top',
  logs: 'the standard output of sockpool serve',
  delete: 'sockpool stop',
  kill: 'sockpool stop',
});

/** Flags with which `serve` prints something and ends. */
const PRINTING: ReadonlySet<string> = new Set(['--help', '-h', '--dry-run']);

/**
 * Runs the command.
 *
 * @param argv its arguments
 * @returns the exit code: 0 when what was asked came true, 1 when not, 2 when the arguments are wrong
 */
export async function main(argv: readonly string[]): Promise<number> {
  const [name = '', ...rest] = argv;
  if (name !== 'serve' || rest.some((flag) => PRINTING.has(flag))) endWithOutput();
  try {
    if (name === '' || name === '--help' || name === '-h' || name === 'help') {
      const { helpFor, overview } = await import('./cli/help.ts');
      process.stdout.write(rest[0] === undefined ? overview() : helpFor(rest[0]));
      return name === '' ? EXIT.usage : EXIT.done;
    }
    if (name === '--version' || name === '-V') {
      const { version } = await import('./version.ts');
      process.stdout.write(`${version()}\n`);
      return EXIT.done;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) {
      const ours = Object.hasOwn(PM2_COMMANDS, name) ? PM2_COMMANDS[name] : undefined;
      throw new UsageError(
        ours === undefined
          ? unknown(`command ${name}`, name, COMMANDS)
          : `Unknown command ${name}: what PM2 does by it, ${ours} does here`,
      );
    }
    if (rest.includes('--help') || rest.includes('-h')) {
      const { helpFor } = await import('./cli/help.ts');
      process.stdout.write(helpFor(name));
      return EXIT.done;
    }
    const told = read(name, command, rest);
    const work = await WORK[name]?.();
    if (work === undefined) throw new UsageError(`Cannot run ${name}: there is no such command`);
    return await work(told);
  } catch (error) {
    return failure(error);
  }
}

/** Whoever reads what is printed may have seen enough, as `head` has. */
function endWithOutput(): void {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      process.stderr.write(`sockpool: Cannot write what was asked for: ${error.message}\n`);
    }
    process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed);
  });
}

function read(name: string, command: Command, argv: readonly string[]): Told {
  const { flags } = command;
  const options = Object.fromEntries(
    Object.entries(flags).map(([flag, { type, short, multiple = false }]) => [
      flag,
      { type, multiple, ...(short !== undefined && { short }) },
    ]),
  );
  const given = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  for (const argument of given) {
    const [, long] = /^--([^=]+)/.exec(argument) ?? [];
    if (long === undefined || Object.hasOwn(flags, long)) continue;
    throw new UsageError(unknown(`option --${long} of ${name}`, long, flags, '--'));
  }
  let parsed;
  try {
    const args = withNumbers(argv, flags);
    parsed = parseArgs({ args, options, allowPositionals: true, strict: true, tokens: true });
    const take = onceOnly();
    for (const token of parsed.tokens) {
      if (
        token.kind === 'option' &&
        token.value !== undefined &&
        flags[token.name]?.multiple !== true
      )
        take(token.name);
    }
  } catch (error) {
    throw new UsageError(
      usageMessage((error as Error).message, { help: `sockpool ${name} --help` }),
    );
  }
  const [min, max] = command.count ?? [0, 0];
  const { positionals, values } = parsed;
  if (positionals.length < min || positionals.length > max) {
    throw new UsageError(
      `The operand of sockpool ${name} must be ${command.operands ?? 'none'}, got ${positionals.join(' ') || 'none'}`,
    );
  }
  const entries = Object.entries(values);
  return {
    operands: positionals,
    flags: Object.fromEntries(entries.filter((entry) => !isList(entry))) as Told['flags'],
    lists: Object.fromEntries(entries.filter(isList)) as Told['lists'],
  };
}

/** Puts numbers such as -1 behind `--`, where they are operands: no flag is a digit. */
function withNumbers(argv: readonly string[], flags: Command['flags']): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const valued = new Set(
    Object.entries(flags).flatMap(([flag, { type, short }]) =>
      type === 'string' ? [`--${flag}`, `-${short}`] : [],
    ),
  );
  const isNumber = (argument: string, index: number): boolean =>
    index < end && /^-\d+$/.test(argument) && !valued.has(argv[index - 1] ?? '');
  const numbers = argv.filter(isNumber);
  if (numbers.length === 0) return [...argv];
  const others = argv.slice(0, end).filter((argument, index) => !isNumber(argument, index));
  return [...others, '--', ...numbers, ...argv.slice(end + 1)];
}

function isList([, value]: readonly [string, unknown]): boolean {
  return Array.isArray(value);
}

function unknown(what: string, name: string, known: object, before: string = ''): string {
  const nearest = nearestName(name, Object.keys(known));
  const meant =
    nearest === undefined ? 'allowed are' : `did you mean ${before}${nearest}? Allowed are`;
  const allowed = Object.keys(known).map((each) => before + each);
  return `Unknown ${what}: ${meant} ${allowed.join(', ')}`;
}

/** Tells of an error in one line, but for one that nobody expected. */
function failure(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`sockpool: ${error.message}\n`);
    return EXIT.usage;
  }
  const expected = error instanceof FailedError || (error instanceof Error && 'code' in error);
  const text = error instanceof Error ? (expected ? error.message : error.stack) : String(error);
  process.stderr.write(`sockpool: ${text}\n`);
  return EXIT.failed;
}
