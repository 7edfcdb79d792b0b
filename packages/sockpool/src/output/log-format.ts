import { inspect, stripVTControlCharacters } from 'node:util';

/** How entries look. */
export type LogFormat = 'pretty' | 'json';

/** How bad it is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One entry. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  /** The worker's slot; undefined for the primary. */
  readonly worker?: number | undefined;
  /** How many restarts the pool had when the worker was started. Only programs are told. */
  readonly generation?: number | undefined;
  /** Which of the worker's connections it is about. Only programs are told. */
  readonly connectionId?: number | undefined;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

const COLORS: Readonly<Record<LogLevel, number>> = { debug: 90, info: 32, warn: 33, error: 31 };

/** Colors by which one tells workers apart. */
const WORKER_COLORS = [36, 35, 34, 33, 32, 96, 95, 94] as const;

/**
 * Gives the text of an entry: for people with time, worker and level before each line, or one JSON
 * object in a line.
 *
 * @param entry the entry
 * @param format for whom
 * @param colors whether to color what is for people
 */
export function formatLog(entry: LogEntry, format: LogFormat, colors: boolean): string {
  return format === 'json' ? asJson(entry) : asText(entry, colors);
}

function asJson({ message, fields, level, worker, generation, connectionId }: LogEntry): string {
  // What is undefined is left out.
  const head = { time: new Date().toISOString(), level, worker, generation, connectionId };
  const own = jsonOf(message);
  const said = own ?? { message: stripVTControlCharacters(message), ...loggable(fields) };
  return `${JSON.stringify({ ...head, ...said })}\n`;
}

/** What a program prints as JSON, such as by pino, stays what it is, with the worker added. */
function jsonOf(message: string): object | undefined {
  if (!message.startsWith('{') || !message.endsWith('}')) return undefined;
  try {
    return JSON.parse(message) as object;
  } catch {
    return undefined;
  }
}

function loggable(fields: LogEntry['fields'] = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error
        ? { name: value.name, message: value.message, stack: deepestCause(value).stack }
        : jsonSafe(value),
    ]),
  );
}

function jsonSafe(value: unknown): unknown {
  try {
    JSON.stringify(value);
    return typeof value === 'bigint' ? String(value) : value;
  } catch {
    return inspect(value);
  }
}

function asText({ level, message, worker, fields = {} }: LogEntry, colors: boolean): string {
  const paint = (text: string, color: number): string =>
    colors ? `\u001b[${color}m${text}\u001b[39m` : text;
  const time = new Date().toISOString().slice(11, 23);
  const who = worker === undefined ? 'pool' : `w${worker}`;
  const color = worker === undefined ? 90 : (WORKER_COLORS[worker % WORKER_COLORS.length] ?? 36);
  const head = `${paint(time, 90)} ${paint(who.padEnd(4), color)} ${paint(level.padEnd(5), COLORS[level])} `;
  const errors = Object.values(fields).filter((value) => value instanceof Error);
  const stacks = errors.flatMap((error) => stackLines(deepestCause(error), message));
  const plain = Object.entries(fields).filter(([, value]) => !(value instanceof Error));
  const rest = plain.map(([key, value]) => ` ${key}=${textOf(value)}`).join('');
  return [...`${message}${rest}`.split('\n'), ...stacks].map((line) => `${head}${line}\n`).join('');
}

/** Without Node's own frames, and without its message when the entry says that already. */
function stackLines({ stack = '', message: said }: Error, message: string): string[] {
  const lines = stack.split('\n').filter((line) => !line.includes('(node:'));
  return message.includes(said) ? lines.filter((line) => /^\s+at |^file:|^\//.test(line)) : lines;
}

/** The causes of an error may go round in a circle. */
function deepestCause(error: Error): Error {
  let deepest = error;
  for (let depth = 0; depth < 5 && deepest.cause instanceof Error; depth += 1) {
    deepest = deepest.cause;
  }
  return deepest;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { breakLength: Infinity, depth: 3 });
}
