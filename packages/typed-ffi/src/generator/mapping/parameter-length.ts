import { isCount } from '../header/c-scalars.ts';
import type { CParameter } from '../header/c-type.ts';
import type { ParameterFacts } from './parameter-facts.ts';
import type { TypeMapping } from './type-mapping.ts';

/** A parameter among those of its function. */
export interface ParameterContext {
  readonly functionName: string;
  /** The names of all parameters, made up where the header has none. */
  readonly names: readonly string[];
  readonly parameters: readonly CParameter[];
  readonly index: number;
  readonly facts: ParameterFacts;
}

/** How far C goes at a pointer: a number, or an expression of parameters. */
export type Length = number | string;

/** Returns the length that the bound of an array says, if it does. */
export function boundOf(
  mapper: TypeMapping,
  { names }: ParameterContext,
  bound: string,
): Length | undefined {
  if (bound === '') return undefined;
  const value = mapper.values.constants.get(bound);
  if (typeof value === 'number' && value >= 0) return value;
  const words: string[] = bound.match(/[A-Za-z_]\w*/g) ?? [];
  const isLength = /^[\w\s+*()-]+$/.test(bound) && words.length > 0;
  return isLength && words.every((word) => names.includes(word)) ? bound : undefined;
}

/** Writes a length as an argument of `f64Array()` and the like. */
export function writtenLength(length: Length): string {
  return typeof length === 'number' ? String(length) : `'${length.replaceAll(/\s+/g, ' ')}'`;
}

/**
 * Returns the parameters that a length needs.
 *
 * @throws {TypeError} when one is not there, or is no count
 */
export function labelsIn(
  length: Length,
  mapper: TypeMapping,
  { functionName, index: own, names, parameters }: ParameterContext,
): string[] {
  const labels: string[] = typeof length === 'number' ? [] : (length.match(/[A-Za-z_]\w*/g) ?? []);
  for (const label of labels) {
    const type = parameters[names.indexOf(label)]?.type;
    if (type === undefined) {
      throw new TypeError(
        `Cannot apply the hint for ${functionName}(): the length of '${names[own]}' needs ` +
          `'${label}', and there are only ${names.map((one) => `'${one}'`).join(', ')}`,
      );
    }
    const resolved = mapper.resolve(type);
    const counted = resolved.kind === 'pointer' ? resolved.to : type;
    if (!isCount(mapper.scalar(counted))) {
      throw new TypeError(
        `Cannot apply the hint for ${functionName}(): '${label}', in the length of ` +
          `'${names[own]}', is '${mapper.describe(type)}', not a count`,
      );
    }
  }
  return labels;
}

/** Multiplies two lengths. */
export function product(a: Length, b: Length): Length {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (b === 1) return a;
  const factor = (one: Length): string =>
    typeof one === 'string' && !/^\w+$/.test(one) ? `(${one})` : String(one);
  return `${factor(a)}*${factor(b)}`;
}
