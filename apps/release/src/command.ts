import { spawnSync } from 'node:child_process';

/** How a command ended. */
export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what a command runs. */
export interface CommandOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Thrown when a command ends with another exit code than 0. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly result: CommandResult;

  constructor(command: string, result: CommandResult) {
    super(`Cannot run '${command}': ${lastWords(result)}`);
    this.result = result;
  }
}

/** What a command said last: that is where it names its reason. */
function lastWords({ status, stdout, stderr }: CommandResult): string {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return [`exit code ${status}`, ...lines.slice(-15)].join('\n');
}

/** Runs a command to its end, whatever that is; ten minutes at most. */
export function tryCommand(
  command: string,
  args: readonly string[],
  { cwd, env = process.env }: CommandOptions,
): CommandResult {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 600_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined)
    return { status, stdout: stdout ?? '', stderr: `${stderr ?? ''}\n${error.message}` };
  return { status, stdout, stderr };
}

/**
 * Runs a command and returns what it printed.
 *
 * @throws {CommandError} when its exit code is not 0, with its last lines
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): string {
  const result = tryCommand(command, args, options);
  if (result.status !== 0) throw new CommandError([command, ...args].join(' '), result);
  return result.stdout;
}
