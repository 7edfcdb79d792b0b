import { tokenize } from '../header/c-token.ts';
import type { CDeclaration, CFunctionType, CHeader } from '../header/c-type.ts';
import { formsIn, type FunctionHints } from '../mapping/hints.ts';
import { TypeParser } from '../header/parse-type.ts';
import { TokenCursor, UnreadableDeclaration } from '../header/token-cursor.ts';

/** One form of a variadic function, with parameters of its own for the variable arguments. */
export interface VariadicForm {
  readonly declared: CDeclaration;
  readonly type: CFunctionType;
  /** How many parameters the header names. */
  readonly fixed: number;
}

/** Types that C passes as others in variable arguments. */
const PROMOTED: Readonly<Record<string, string>> = {
  float: 'double',
  char: 'int',
  'signed char': 'int',
  'unsigned char': 'int',
  short: 'int',
  'unsigned short': 'int',
  _Bool: 'int',
};

/**
 * Returns the forms that the hints declare for variable arguments under `...`: their
 * names with the parameters as C, such as `"long value"`.
 *
 * @throws {TypeError} when the function is not variadic, or a form is no list of parameters
 */
export function variadicForms(
  declared: CDeclaration,
  type: CFunctionType,
  hints: FunctionHints,
  header: CHeader,
): VariadicForm[] {
  const forms = Object.entries(formsIn(hints));
  if (forms.length === 0) return [];
  if (!type.isVariadic) {
    throw new TypeError(`Cannot apply the hint '...' for ${declared.name}(): it is not variadic`);
  }
  return forms.map(([name, text]) => {
    const more = parseParameters(`${declared.name}, form ${name}`, text, header);
    const parameters = [...type.parameters, ...more.parameters];
    return {
      declared: { ...declared, name },
      type: { ...type, parameters, isVariadic: false },
      fixed: type.parameters.length,
    };
  });
}

function parseParameters(place: string, text: string, header: CHeader): CFunctionType {
  const cursor = new TokenCursor(tokenize(`(${text === '' ? 'void' : text})`).tokens);
  try {
    const parser = new TypeParser(cursor, true, header);
    const parsed = parser.parameters();
    if (!cursor.atEnd) throw new UnreadableDeclaration(`'${cursor.peek().text}' is too much`);
    for (const { type } of parsed.parameters) {
      const instead = type.kind === 'scalar' ? PROMOTED[type.name] : undefined;
      if (instead === undefined || type.kind !== 'scalar') continue;
      throw new UnreadableDeclaration(`C passes '${type.name}' as '${instead}': write that`);
    }
    return { kind: 'function', result: { kind: 'unknown', text: '' }, ...parsed };
  } catch (error) {
    if (!(error instanceof UnreadableDeclaration)) throw error;
    throw new TypeError(`Cannot read the hint '...' of ${place}, '${text}': ${error.message}`, {
      cause: error,
    });
  }
}
