/** A run of words that stands in two places of the documents. */
export interface RepeatedText {
  /** Where it stands again, as `README.md:12`. */
  readonly at: string;
  /** Where it stands first. */
  readonly first: string;
  readonly words: string;
}

interface Word {
  readonly text: string;
  readonly place: string;
}

/**
 * Finds what documents say twice: the same run of words within a paragraph, a list's item or a
 * table's cell. Code blocks and the targets of links say nothing; code in a line is one word.
 *
 * @param documents their texts by name
 * @param length how many words make a run
 */
export function repeatedTexts(
  documents: Readonly<Record<string, string>>,
  length: number,
): RepeatedText[] {
  const seen = new Map<string, string>();
  const repeated: RepeatedText[] = [];
  for (const words of Object.entries(documents).flatMap(paragraphs)) {
    let reported = 0;
    for (let start = 0; start + length <= words.length; start += 1) {
      const run = words.slice(start, start + length);
      const text = run.map((word) => word.text).join(' ');
      const at = run[0]?.place ?? '';
      const first = seen.get(text);
      if (first === undefined) seen.set(text, at);
      else if (start >= reported) {
        repeated.push({ at, first, words: text });
        reported = start + length;
      }
    }
  }
  return repeated;
}

/** Reads the words of each part of a document that is read as one. */
function paragraphs([name, markdown]: readonly [string, string]): Word[][] {
  const prose = markdown
    .replaceAll(/^( *)```.*?^\1```$/gms, (code) => code.replaceAll(/[^\n]/g, ''))
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll(/`[^`\n]+`/g, (code) => code.replaceAll(/[^\p{L}\p{N}]+/gu, '_'));
  const parts: Word[][] = [[]];
  for (const [index, line] of prose.split('\n').entries()) {
    for (const [cell, text] of line.split('|').entries()) {
      if (cell > 0 || /^\s*(?:$|[-#]|\d+\.)/.test(text)) parts.push([]);
      const words = text.toLowerCase().match(/[\p{L}\p{N}_'.-]*[\p{L}\p{N}_]/gu) ?? [];
      parts.at(-1)?.push(...words.map((word) => ({ text: word, place: `${name}:${index + 1}` })));
    }
  }
  return parts;
}
