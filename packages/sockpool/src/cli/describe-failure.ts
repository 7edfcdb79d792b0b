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
  const places = stack.matchAll(/(?<=^|[\s(])(?:file:\/\/)?(\/[^\s():]+):(\d+)(?::(\d+))?/gm);
  for (const [, file = '', line, column] of places) {
    if (file.includes('/node_modules/')) continue;
    return `${file}:${line}${column === undefined ? '' : `:${column}`}`;
  }
  return undefined;
}
