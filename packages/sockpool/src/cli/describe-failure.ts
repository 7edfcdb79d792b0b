import { fileURLToPath } from 'node:url';

/** A line of a stack that names a file, whose path may have spaces; of a syntax error the first one. */
const PLACE = /^(?: +at (?:async )?(?:.*? \()?)?((?:file:\/\/)?\/.*?):(\d+)(?::(\d+))?\)?$/gm;

/** How many causes are followed; they may go round in a circle. */
const MAX_CAUSES = 5;

/**
 * Says in a line why something failed: the message, and the place in the program where its deepest
 * cause comes from.
 *
 * @param error anything that was thrown
 */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  let deepest = error;
  for (let causes = 0; causes < MAX_CAUSES && deepest.cause instanceof Error; causes += 1) {
    deepest = deepest.cause;
  }
  const place = placeIn(deepest.stack ?? '');
  const [message = ''] = error.message.split('\n');
  return place === undefined ? message : `${message} (${place})`;
}

/** The first frame outside of Node and of the packages that are installed, as `file:line:column`. */
function placeIn(stack: string): string | undefined {
  for (const [, file = '', line, column] of stack.matchAll(PLACE)) {
    if (file.includes('/node_modules/')) continue;
    return `${pathOf(file)}:${line}${column === undefined ? '' : `:${column}`}`;
  }
  return undefined;
}

function pathOf(file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file) : file;
}
