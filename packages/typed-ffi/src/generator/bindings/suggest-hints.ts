import { bindFunction, parameterNames, WantedHints } from './bind-function.ts';
import type { CFunctionType } from '../header/c-type.ts';
import { isCount } from '../header/c-scalars.ts';
import { analyzeHeader, type GenerateOptions } from './generate-bindings.ts';
import { SafeNames } from '../mapping/safe-names.ts';
import { TypeMapper } from '../mapping/type-mapper.ts';
import { UnmappableType } from '../mapping/unmappable-type.ts';

/** Hints to be completed: what is to be looked up has a question mark. */
export type SuggestedHints = Record<string, Record<string, Record<string, string>>>;

/**
 * Returns the hints that a header wants, for a person to complete: `{ "length": "mlen?" }`
 * where a parameter's name suggests one, else `{ "?": "length, out or byref" }`. As they
 * are, `parseHints()` refuses them.
 *
 * @throws {FfiError} with `ERR_FFI_COMPILER_NOT_FOUND` or `ERR_FFI_HEADER_INVALID`
 */
export function suggestHints(name: string, options: GenerateOptions = {}): SuggestedHints {
  const { header, values, takes } = analyzeHeader(name, options);
  const mapper = new TypeMapper(header, values, new SafeNames());
  const suggested: SuggestedHints = {};
  for (const declared of header.functions.values()) {
    const { type } = declared;
    const taken = options.functions?.test(declared.name) ?? declared.files.some(takes);
    const hints = options.hints?.[declared.name] ?? {};
    if (!taken || type.kind !== 'function' || hints === false) continue;
    try {
      bindFunction(declared, type, mapper, hints);
    } catch (error) {
      if (!(error instanceof UnmappableType)) throw error;
      if (!(error instanceof WantedHints)) continue;
      suggested[declared.name] = Object.fromEntries(
        [...error.wanted].map(([parameter, choices]) => [
          parameter,
          suggestion(parameter, choices, type, mapper),
        ]),
      );
    }
  }
  return suggested;
}

/** Writes hints as JSON with a line for each parameter. */
export function formatHints(hints: SuggestedHints): string {
  const functions = Object.entries(hints).map(([name, parameters]) => {
    const lines = Object.entries(parameters).map(([parameter, hint]) => {
      const parts = Object.entries(hint).map(([key, value]) => `"${key}": "${value}"`);
      return `    "${parameter}": { ${parts.join(', ')} }`;
    });
    return `  "${name}": {\n${lines.join(',\n')}\n  }`;
  });
  return functions.length === 0 ? '{}\n' : `{\n${functions.join(',\n')}\n}\n`;
}

const MEASURES =
  /^(n|p|num|number|numof|len|length|size|bytes|nbytes|count|cap|capacity|max|maxlen|buflen|bufsize|lenp)$/;

/** `__dst_capacity` and `dstCapacity` are both `dstcapacity`. */
function wordsOf(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}

function suggestion(
  parameter: string,
  choices: readonly string[],
  type: CFunctionType,
  mapper: TypeMapper,
): Record<string, string> {
  const names = parameterNames(type);
  const own = wordsOf(parameter);
  const length = names.find((name, i) => {
    const other = type.parameters[i]?.type;
    if (other === undefined || name === parameter) return false;
    const resolved = mapper.resolve(other);
    const counted = resolved.kind === 'pointer' ? resolved.to : other;
    if (!isCount(mapper.scalar(counted))) return false;
    const [before = '', after, ...rest] = wordsOf(name).split(own);
    return (
      rest.length === 0 && after !== undefined && (MEASURES.test(before) || MEASURES.test(after))
    );
  });
  return choices.includes('length') && length !== undefined
    ? { length: `${length}?` }
    : {
        '?': choices
          .join(', ')
          .replace(/, ([^,]*)$/, ' or $1')
          .replaceAll('` and `', ' and '),
      };
}
