import { isNativeError } from './error-record.ts';
import { oneLine, plainText } from './plain-text.ts';

/** How many causes of causes are told. */
const MAX_CAUSES = 5;

/** How an error is told. */
export interface ErrorLinesOptions {
  /** The name of the field that it is. */
  readonly key: string;
  /** What the entry says already. */
  readonly message: string;
}

/**
 * Gives an error as the lines that follow an entry: its place in the source with the caret, where
 * its stack has one, its frames, and its causes. What the entry's message says is not repeated.
 *
 * @param error with a message and a stack that are strings
 * @param options what is told of it already
 */
export function errorLines(error: Error, { key, message }: ErrorLinesOptions): string[] {
  const lines = [...stackLines(error, key, message)];
  let said = `${message}\n${error.message}`;
  let { cause } = error;
  for (let depth = 0; isNativeError(cause) && depth < MAX_CAUSES; depth += 1) {
    lines.push(...stackLines(cause, 'caused by', depth === 0 ? said : ''));
    said = cause.message;
    ({ cause } = cause);
  }
  return lines;
}

function stackLines(error: Error, key: string, said: string): string[] {
  const stack = typeof error.stack === 'string' ? error.stack : `${error.name}: ${error.message}`;
  const at = stack.indexOf(error.message);
  const known = said.includes(error.message) || said.includes(oneLine(error.message));
  if (error.message === '' || at < 0 || !known) {
    return `${key}: ${plainText(stack)}`.split('\n');
  }
  // Before the message stands its name, and before that, of a syntax error, the line of source.
  const source = stack.slice(0, at).split('\n').slice(0, -1);
  const frames = stack
    .slice(at + error.message.length)
    .split('\n')
    .slice(1);
  return [...source, ...frames].filter((line) => line.trim() !== '');
}
