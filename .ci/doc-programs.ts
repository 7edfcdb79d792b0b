/** A TypeScript or JavaScript program out of a Markdown document. */
export interface DocProgram {
  /** What its first line calls it, `// server.ts`, so that others can import it; else its place. */
  readonly fileName: string;
  /** The program, with as many empty lines before it as the document has, so that places agree. */
  readonly text: string;
}

const BLOCK = /^( *)```(ts|typescript|js|javascript)\n(.*?)^ *```$/gms;

/** The name of a file of the same folder, where it is imported. */
const RELATIVE = /(?<=\bfrom '\.\/)[\w-]+\.[jt]s(?=')/g;

/**
 * Reads the programs out of a document.
 *
 * @param markdown the document
 */
export function programsOf(markdown: string): DocProgram[] {
  const names = new Set<string>();
  return Array.from(markdown.matchAll(BLOCK), ({ index, 1: indent, 2: language, 3: code }) => {
    const line = markdown.slice(0, index).split('\n').length;
    const lines = (code ?? '').split('\n').map((text) => text.slice(indent?.length ?? 0));
    const called = /^\/\/ ([\w-]+\.[jt]s)$/.exec(lines[0] ?? '')?.[1];
    const unnamed = `line-${line}.${language?.startsWith('t') ? 'ts' : 'js'}`;
    const fileName = called === undefined || names.has(called) ? unnamed : called;
    names.add(fileName);
    // The last line makes a module of it, whose names are its own.
    return { fileName, text: `${'\n'.repeat(line)}${lines.join('\n')}\nexport {};\n` };
  });
}

/** The modules that a program imports, but those of Node and of its own document. */
export function packagesOf({ text }: DocProgram): string[] {
  const specifiers = Array.from(
    text.matchAll(/(?:\bfrom |\bimport\(|^import )'([^']+)'/gm),
    ([, specifier = '']) => specifier,
  );
  return specifiers
    .filter((specifier) => !/^(?:node:|\.)/.test(specifier))
    .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
}

/**
 * Finds what programs of one document import of another: what their own has not, and exactly one
 * other has.
 *
 * @param programs the programs of the document
 * @param elsewhere those of all others
 */
export function importedBy(
  programs: readonly DocProgram[],
  elsewhere: readonly DocProgram[],
): DocProgram[] {
  return Array.from(new Set(programs.flatMap(({ text }) => text.match(RELATIVE) ?? [])))
    .filter((fileName) => programs.every((program) => program.fileName !== fileName))
    .map((fileName) => elsewhere.filter((program) => program.fileName === fileName))
    .flatMap((found) => (found.length === 1 ? found : []));
}
