import { execFile } from 'node:child_process';

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
  const lines = [stdout, stderr].flatMap((text) =>
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-15),
  );
  return [`exit code ${status}`, ...lines].join('\n');
}

/** Runs a command to its end, whatever that is; ten minutes at most. */
export function tryCommand(
  command: string,
  args: readonly string[],
  { cwd, env = process.env }: CommandOptions,
): Promise<CommandResult> {
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const options = { cwd, env, timeout: 600_000, maxBuffer: 64 * 1024 * 1024 };
  const child = execFile(command, args, options, (error, stdout, stderr) => {
    const isFailure = error !== null && typeof error.code !== 'number';
    resolve({
      status: error === null ? 0 : child.exitCode,
      stdout,
      // What kept the command from running, or ended it, has no exit code.
      stderr: isFailure ? `${stderr}\n${error.message}` : stderr,
    });
  });
  child.stdin?.end();
  return promise;
}

/**
 * Runs a command and returns what it printed.
 *
 * @throws {CommandError} when its exit code is not 0, with its last lines
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<string> {
  const result = await tryCommand(command, args, options);
  if (result.status !== 0) throw new CommandError([command, ...args].join(' '), result);
  return result.stdout;
}
