import { tokenize } from '../header/c-token.ts';
import type { CHeader } from '../header/c-type.ts';
import { inclusionOf, runCompiler, type CompilerOptions } from '../../compiler/compiler.ts';
import { scalarWord } from '../header/scalar-name.ts';

const KEYWORDS =
  /^(sizeof|_Alignof|__alignof__|struct|union|enum|const|volatile|__extension__|L|u|U|u8)$/;

/**
 * Returns what the macros without arguments expand to, as far as it may be a constant:
 * of numbers, text, enumerators, types and operators.
 */
export function macroExpansions(
  path: string,
  header: CHeader,
  names: readonly string[],
  options: CompilerOptions,
): ReadonlyMap<string, string> {
  const lines = names.map((name, i) => `sockpool_macro_${i} ${name}\n`);
  const program = inclusionOf(path, options) + lines.join('');
  const { stdout } = runCompiler(path, program, ['-E', '-P'], options);
  const enumerators = new Set(
    [...header.enums.values()].flatMap((one) => one.enumerators.map(({ name }) => name)),
  );
  const known = (name: string): boolean =>
    KEYWORDS.test(name) ||
    scalarWord(name) !== null ||
    enumerators.has(name) ||
    header.typedefs.has(name) ||
    // A tag after struct, union or enum; and the compiler's own functions on constants.
    header.records.has(name) ||
    header.enums.has(name) ||
    /^__builtin_(inf|nan|huge_val)/.test(name);
  const expansions = new Map<string, string>();
  for (const [, index = '', text = ''] of stdout.matchAll(/^sockpool_macro_(\d+)\b(.*)$/gm)) {
    const name = names[Number(index)];
    if (name !== undefined && mayBeConstant(text, known)) expansions.set(name, text.trim());
  }
  return expansions;
}

function mayBeConstant(text: string, known: (name: string) => boolean): boolean {
  const tokens = tokenize(text).tokens.slice(0, -1);
  let depth = 0;
  for (const { kind, text: token } of tokens) {
    if (kind === 'name' && !known(token)) return false;
    if (kind !== 'punctuator') continue;
    if (/^[;{}#@\\,=]$/.test(token) || token === '...') return false;
    if (token === '(') depth++;
    else if (token === ')' && --depth < 0) return false;
  }
  return (
    depth === 0 &&
    tokens.some(({ kind }) => kind === 'number' || kind === 'string' || kind === 'name')
  );
}
