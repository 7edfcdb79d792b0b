import { fileURLToPath } from 'node:url';

/** A line of a stack that names a file, whose path may have spaces; of a syntax error the first one. */
const PLACE = /^(?: +at (?:async )?(?:.*? \()?)?((?:file:\/\/)?\/.*?):(\d+)(?::(\d+))?\)?$/gm;

/** How many causes are followed; they may go round in a circle. */
const MAX_CAUSES = 5;

/** A place in a program. */
export interface ErrorPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number | undefined;
}

/**
 * Finds the place in the program where an error comes from: the first frame of its deepest cause
 * outside of Node and of the packages that are installed, or where its syntax is wrong.
 *
 * @param error anything that was thrown
 * @returns undefined where its stack names none
 */
export function errorPlace(error: unknown): ErrorPlace | undefined {
  let deepest = error;
  for (let causes = 0; causes < MAX_CAUSES && deepest instanceof Error; causes += 1) {
    if (!(deepest.cause instanceof Error)) break;
    deepest = deepest.cause;
  }
  const stack = deepest instanceof Error ? (deepest.stack ?? '') : '';
  for (const [, file = '', line, column] of stack.matchAll(PLACE)) {
    if (file.includes('/node_modules/')) continue;
    return {
      file: file.startsWith('file:') ? fileURLToPath(file) : file,
      line: Number(line),
      column: column === undefined ? undefined : Number(column),
    };
  }
  return undefined;
}

/**
 * Writes a place as messages end: ` (/app/server.js:3:7)`.
 *
 * @param error anything that was thrown
 * @returns an empty text where there is no place
 */
export function errorPlaceText(error: unknown): string {
  const place = errorPlace(error);
  if (place === undefined) return '';
  const { file, line, column } = place;
  return ` (${file}:${line}${column === undefined ? '' : `:${column}`})`;
}
