import { createInterface } from 'node:readline';

/** What a server program does when it is told to by its standard input. */
export interface ServerCommands {
  restart(): Promise<unknown>;
  resize(workers: number): Promise<unknown>;
}

/**
 * Does what the lines of the standard input say (`restart`, `resize 3`), one after the other,
 * and prints a JSON line after each.
 */
export async function obeyCommands(commands: ServerCommands): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const [command, argument] = line.split(' ');
    if (command === 'restart') await commands.restart();
    else if (command === 'resize') await commands.resize(Number(argument));
    else throw new TypeError(`Unknown command '${line}'`);
    process.stdout.write(`${JSON.stringify({ event: 'done', value: line })}\n`);
  }
}
