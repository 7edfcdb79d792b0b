/**
 * Returns the name that somebody probably meant: the nearest one, whatever its case, when at most
 * two letters differ, or a third of them.
 *
 * @param meant what they wrote
 * @param names the names that there are
 * @returns undefined when none is near
 */
export function nearestName(meant: string, names: readonly string[]): string | undefined {
  let limit = Math.max(2, Math.floor(meant.length / 3));
  let nearest: string | undefined;
  for (const name of names) {
    const differing = editDistance(meant.toLowerCase(), name.toLowerCase());
    // Of a name of two letters nothing is left when both differ.
    if (differing > limit || differing >= Math.min(meant.length, name.length)) continue;
    nearest = name;
    limit = differing - 1;
  }
  return nearest;
}

/** Counts the letters to insert, remove or replace that make one text of the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
