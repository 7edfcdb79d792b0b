import { writeSync } from 'node:fs';
import { formatLog, type LogFormat, type LogLevel } from './log-format.ts';

/** Where a pool and the command write what happens. */
export interface PoolLogger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/**
 * Makes the logger of the command: everything goes to standard error, so that standard output has
 * what programs print.
 *
 * @param format how entries look
 * @param verbose whether entries for debugging are written
 */
export function poolLogger(format: LogFormat, verbose: boolean): PoolLogger {
  const colors = process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined;
  const write =
    (level: LogLevel) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const { workerId, generation, connectionId, ...others } = fields;
      const of = {
        worker: numberOf(workerId),
        generation: numberOf(generation),
        connectionId: numberOf(connectionId),
      };
      writeWhole(formatLog({ level, message, ...of, fields: others }, format, colors));
    };
  return {
    debug: verbose ? write('debug') : () => undefined,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Before the next line of the program runs, which may be its last. What cannot be written is lost. */
function writeWhole(text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += writeSync(2, bytes, offset);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        process.stderr.write(bytes.subarray(offset));
      }
      return;
    }
  }
}
