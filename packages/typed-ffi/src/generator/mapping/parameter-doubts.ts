import { isCount } from '../header/c-scalars.ts';
import { isConst, type CType } from '../header/c-type.ts';
import type { ParameterContext } from './parameter-length.ts';
import type { TypeMapping } from './type-mapping.ts';
import { WantedHint } from './unmappable-type.ts';

/** Tells whether the name of an integer says that it measures something. */
export function measures(name: string): boolean {
  return (
    /^_*(n|n_\w+|n[A-Z]\w*|n[a-z]+s)$/.test(name) ||
    /len|size|count|cnt|num|bytes|nmemb|nelem|capacity/i.test(name)
  );
}

/** Tells whether a count beside a struct's pointer leaves open that it points to several. */
export function mayBeMany(
  mapper: TypeMapping,
  { index, names, parameters }: ParameterContext,
): boolean {
  return [index - 1, index + 1].some((i) => {
    const type = parameters[i]?.type;
    return (
      type !== undefined &&
      isCount(mapper.scalar(type)) &&
      mapper.resolve(type).kind !== 'enum' &&
      measures(names[i] ?? '')
    );
  });
}

/** Tells whether a size beside `const char *` leaves open that C stops at a NUL. */
export function mayLackNul(
  mapper: TypeMapping,
  { index, names, parameters }: ParameterContext,
): boolean {
  const own = (names[index] ?? '').replace(/^_+/, '').toLowerCase();
  return names.some((name, i) => {
    const type = parameters[i]?.type;
    if (type === undefined || !isCount(mapper.scalar(type)) || !measures(name)) return false;
    return i === index + 1 || (own.length > 1 && name.toLowerCase().includes(own));
  });
}

/** `XML_StartHandler` has the words xml, start and handler. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split('_');
}

/**
 * Tells whether names leave open that C keeps a callback after the call: `set_handler`,
 * `XML_StartElementHandler`.
 */
export function mayBeKept(functionName: string, typeName: string): boolean {
  return (
    wordsOf(functionName).some((word) =>
      /^(set\w*|add|register|install|hook|handler|on|create|new|init|open|start|subscribe|watch|listen|connect|atexit|signal)$/.test(
        word,
      ),
    ) || wordsOf(typeName).some((word) => /^(handler|hook|listener|observer)$/.test(word))
  );
}

/** Makes the demand for a hint that says how far C goes at a pointer. */
export function wantedHint(
  mapper: TypeMapping,
  name: string,
  to: CType,
  ...choices: readonly string[]
): WantedHint {
  const readOnly = isConst(to) || isConst(mapper.resolve(to));
  const shown = readOnly && choices.length > 1 ? choices.filter((one) => one !== 'out') : choices;
  const quoted = shown.map((one) => `\`${one}\``);
  const list =
    quoted.length === 1 ? quoted[0] : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  const what = readOnly ? 'is read, and how far is not said' : 'may be written';
  return new WantedHint(`\`${name}\` ${what}: say ${list} in the hints`, shown);
}
