import { createInterface } from 'node:readline';

/** What a server program does when it is told to by its standard input. */
export interface ServerCommands {
  restart(): Promise<unknown>;
  resize(workers: number): Promise<unknown>;
  /** Absent where there are none. */
  stats?(): Promise<unknown>;
}

/**
 * Does what the lines of the standard input say (`restart`, `resize 3`, `stats`), one after the
 * other, and prints a JSON line with the result, or how it failed, after each.
 */
export async function obeyCommands(commands: ServerCommands): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const outcome = await obey(line, commands).then(
      (result) => ({ result }),
      (error: unknown) => ({ failed: String(error) }),
    );
    process.stdout.write(`${JSON.stringify({ event: 'done', value: line, ...outcome })}\n`);
  }
}

async function obey(line: string, commands: ServerCommands): Promise<unknown> {
  const [command, argument] = line.split(' ');
  switch (command) {
    case 'restart':
      return commands.restart();
    case 'resize':
      return commands.resize(Number(argument));
    case 'stats':
      return commands.stats?.();
    default:
      throw new TypeError(`Unknown command '${line}'`);
  }
}
