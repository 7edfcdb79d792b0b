import { inspect, type InspectOptions } from 'node:util';

/** Characters that a text has at most, unless told otherwise. */
const MAX_LENGTH = 8_192;

/** Shows enough of a value to recognize it, however much there is of it. */
const BOUNDED: InspectOptions = Object.freeze({
  depth: 1,
  maxArrayLength: 10,
  maxStringLength: 200,
  breakLength: Infinity,
});

/** What would move a terminal's cursor, end a line, or change the direction of what follows. */
// oxlint-disable-next-line no-control-regex -- they are what it is about
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Gives a text of anything. Never throws, whatever the value's own code does.
 *
 * @param value a string, which is only cut, or anything else, which is shown as `console.log` does
 * @param maxLength how many characters it may have; what is cut off is counted
 */
export function plainText(value: unknown, maxLength: number = MAX_LENGTH): string {
  return cut(typeof value === 'string' ? value : shown(value), maxLength);
}

/**
 * Makes a text fit for one line of a log: what it holds of line ends, terminal sequences and
 * other control characters is visible and does nothing.
 *
 * @param text any text, such as a client's
 */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(
      UNPRINTABLE,
      (character) =>
        NAMED[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

function shown(value: unknown): string {
  for (const customInspect of [true, false]) {
    try {
      return inspect(value, { ...BOUNDED, customInspect });
    } catch {
      // Its own code failed: the second attempt runs none of it.
    }
  }
  return `[${typeof value} that cannot be shown]`;
}

function cut(text: string, maxLength: number): string {
  const more = text.length - maxLength;
  return more > 0 ? `${text.slice(0, maxLength)}… (${more} more characters)` : text;
}
