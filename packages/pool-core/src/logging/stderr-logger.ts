import { writeSync } from 'node:fs';
import type { Logger, LogLevel } from '@sockpool/handler';
import { errorLines } from '../errors/error-lines.ts';
import { isNativeError } from '../errors/error-record.ts';
import { oneLine, plainText } from '../errors/plain-text.ts';

const STDERR = 2;

/** How long a full pipe is waited for, in milliseconds, before an entry is given up. */
const FULL_PIPE_MS = 100;
const NAP_MS = 5;

const NAMES: Readonly<Record<LogLevel, string>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  error: 'error',
};

const clock = new Int32Array(new SharedArrayBuffer(4));
let lost = 0;

/**
 * Writes an entry to standard error before it returns, so that it is there even if the program
 * dies next. Never throws: what a full disk, a closed pipe or a full one does not take is lost,
 * and the next entry that is written says how many were.
 *
 * @param level how bad it is
 * @param message what happened
 * @param fields what is known of it; an error's stack goes on lines of its own
 */
export function writeEntry(
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  const said = lost > 0 ? `[sockpool] ${lost} entries before could not be written\n` : '';
  const written = write(Buffer.from(said + formatEntry(level, message, fields)));
  lost = written ? 0 : lost + 1;
}

/**
 * Gives the text of an entry: one line, then indented ones with stacks. No line but the first
 * begins at the margin, whatever a client or a handler put into the message.
 *
 * @param level how bad it is
 * @param message what happened
 * @param fields what is known of it
 */
export function formatEntry(
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): string {
  const [first = '', ...more] = plainText(message).split('\n');
  const plain: Record<string, unknown> = {};
  const lines = [...more];
  for (const [key, value] of Object.entries(fields)) {
    if (isNativeError(value)) lines.push(...errorLines(value, { key, message }));
    else if (value !== undefined) plain[key] = value;
  }
  const rest = Object.keys(plain).length > 0 ? ` ${plainText(plain)}` : '';
  const head = `[sockpool] ${NAMES[level]}: ${oneLine(first + rest)}`;
  return `${[head, ...lines.map(indented)].join('\n')}\n`;
}

/** The logger of pools that are given none: warnings and errors go to standard error. */
export const stderrLogger: Logger = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: (message, fields) => writeEntry('warn', message, fields),
  error: (message, fields) => writeEntry('error', message, fields),
} satisfies Logger);

/** Tabs stay: the caret under a line of source stands where they put it. */
function indented(line: string): string {
  const escaped = line.split('\t').map(oneLine).join('\t');
  return escaped.startsWith('    at ') ? escaped : `    ${escaped}`;
}

/** Writes all of it, unless that fails or a full pipe stays full. */
function write(bytes: Buffer): boolean {
  let naps = lost > 0 ? 0 : FULL_PIPE_MS / NAP_MS;
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += writeSync(STDERR, bytes, offset);
    } catch (error) {
      const full = isNativeError(error) && 'code' in error && error.code === 'EAGAIN';
      if (!full || naps === 0) return false;
      naps -= 1;
      Atomics.wait(clock, 0, 0, NAP_MS);
    }
  }
  return true;
}
