import type { CDeclaration, CFunctionType } from '../header/c-type.ts';
import { textOfComment } from '../header/doc-comment.ts';

/** What a header says about a parameter beside its type. */
export interface ParameterFacts {
  /** How many elements C may touch, from an attribute or an annotation. */
  readonly length?: number | string;
  /** C only writes one value. */
  readonly out?: boolean;
  /** C reads and writes one value. */
  readonly byref?: boolean;
  readonly nullable?: boolean;
  /** The comments say that C writes to it, not how far. */
  readonly written?: boolean;
}

/**
 * Finds what attributes and comments say about the parameters of a function:
 * - `__attribute__((access(write_only, 1, 2)))` names the parameter with the length;
 * - GTK-Doc's annotations, `@data: (array length=n) (nullable)`, `(out)`, `(inout)`;
 * - `@param[out] name`, `[in,out]`, and SQLite's `OUT` in a comment beside a parameter,
 *   which say that it is written.
 */
export function parameterFacts(
  declared: CDeclaration,
  { parameters }: CFunctionType,
  names: readonly string[],
): readonly ParameterFacts[] {
  const lengths = new Map<number, string>();
  for (const { name, args } of declared.attributes) {
    const [, pointer = '', size] = args;
    const index = size === undefined ? undefined : names[Number(size) - 1];
    if (name === 'access' && index !== undefined) lengths.set(Number(pointer) - 1, index);
  }
  return parameters.map(({ name, comments }, i) => {
    const length = lengths.get(i);
    const beside = comments.map(textOfComment);
    return {
      ...(length === undefined ? {} : { length }),
      ...annotations(declared.doc, name, names),
      ...(beside.some((text) => /^(OUT\b|\[out\])(?!.*\barray)/s.test(text))
        ? { written: true }
        : {}),
    };
  });
}

function annotations(doc: string, name: string, names: readonly string[]): ParameterFacts {
  if (name === '' || doc === '') return {};
  const [, direction, about = ''] =
    new RegExp(
      String.raw`[@\\]param\s*\[\s*([\w, ]+?)\s*\]\s*${name}\b((?:[^@\\]|[@\\](?!\w))*)`,
    ).exec(doc) ?? [];
  // Of an array the direction says nothing of the length.
  const isOne = !/\b(arrays?|lists?|buffers?|elements?|vectors?)\b/i.test(about);
  const gtk = new RegExp(String.raw`@${name}\s*:\s*((?:\([^()]*\)\s*)+)`).exec(doc)?.[1] ?? '';
  const has = (word: string): boolean => new RegExp(String.raw`\(\s*${word}\b`).test(gtk);
  const length = /\(\s*array\b[^()]*\blength\s*=\s*(\w+)/.exec(gtk)?.[1];
  const fixed = /\(\s*array\b[^()]*\bfixed-size\s*=\s*(\d+)/.exec(gtk)?.[1];
  const isArray = has('array');
  return {
    ...(length === undefined || !names.includes(length) ? {} : { length }),
    ...(fixed === undefined ? {} : { length: Number(fixed) }),
    ...(has('out') && !isArray ? { out: true } : {}),
    ...(has('inout') && !isArray ? { byref: true } : {}),
    ...(has('nullable') || has('allow-none') ? { nullable: true } : {}),
    ...(direction === 'out' && isOne ? { written: true } : {}),
  };
}
