/** The texts in which a published package describes itself. */
export interface PackageTexts {
  readonly folder: string;
  /** The package.json's description. */
  readonly description: string | undefined;
  /** The README's text; undefined if there is none. */
  readonly readme: string | undefined;
  /** The text of `src/index.ts`; undefined if the package has none. */
  readonly index: string | undefined;
}

/**
 * Finds where a package describes itself in different sentences.
 *
 * @returns one line for each difference; nothing if description, README and docblock agree
 */
export function descriptionErrors({ folder, description, readme, index }: PackageTexts): string[] {
  if (description === undefined || description.trim() === '') {
    return [`${folder}/package.json: has no description`];
  }
  const errors: string[] = [];
  const compare = (file: string, what: string, text: string | undefined): void => {
    if (text === description) return;
    const found = text === undefined ? 'there is none' : `it is '${text}'`;
    errors.push(`${folder}/${file}: ${what} must be '${description}', but ${found}`);
  };
  compare(
    'README.md',
    'the first line under the title',
    readme === undefined ? undefined : lineUnderTitle(readme),
  );
  if (index !== undefined) {
    compare('src/index.ts', "the docblock's first sentence", firstSentence(index));
  }
  return errors;
}

/** Gives the first line with text under a Markdown text's title. */
export function lineUnderTitle(markdown: string): string | undefined {
  const lines = markdown.split(/\r?\n/);
  const title = lines.findIndex((line) => line.startsWith('# '));
  if (title === -1) return undefined;
  return lines
    .slice(title + 1)
    .find((line) => line.trim() !== '')
    ?.trim();
}

/**
 * Gives the first sentence of the docblock with which a file begins.
 *
 * A sentence ends with its paragraph, or with a full stop before a capital letter.
 */
export function firstSentence(source: string): string | undefined {
  const docblock = /^\s*\/\*\*([\s\S]*?)\*\//.exec(source)?.[1];
  if (docblock === undefined) return undefined;
  const lines = docblock.split('\n').map((line) => line.replace(/^\s*\*?\s?/, '').trim());
  const paragraph = lines
    .join('\n')
    .trim()
    .split(/\n\n|\n@/, 1)[0]
    ?.replaceAll('\n', ' ');
  if (paragraph === undefined || paragraph === '' || paragraph.startsWith('@')) return undefined;
  return /^.*?[.!?](?=\s+\p{Lu}|$)/u.exec(paragraph)?.[0] ?? paragraph;
}
