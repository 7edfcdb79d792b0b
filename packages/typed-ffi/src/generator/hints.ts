/**
 * What a header does not say about a parameter: how long an array is, whether a
 * pointer is an out-parameter, may be NULL, or is freed.
 */
export interface ParameterHint {
  /** The length of an array or the capacity of a buffer; see `LengthSpec`. */
  readonly length?: number | string;
  /** The shape of a two-dimensional array; the stride comes from the header. */
  readonly rows?: number | string;
  readonly columns?: number | string;
  /** C only writes to it: it becomes part of the result. */
  readonly out?: boolean;
  /** It may be null. */
  readonly nullable?: boolean;
  /** The function frees it. */
  readonly released?: boolean;
}

/** Hints by function and parameter. */
export type Hints = Readonly<Record<string, Readonly<Record<string, ParameterHint>>>>;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Checks hints that were read from a file.
 *
 * @throws {TypeError} when they are not of the form that is wanted.
 */
export function parseHints(text: string): Hints {
  const hints: unknown = JSON.parse(text);
  const allowed = ['length', 'rows', 'columns', 'out', 'nullable', 'released'];
  if (!isRecord(hints)) throw new TypeError('Hints must be an object of functions');
  for (const [name, parameters] of Object.entries(hints)) {
    if (!isRecord(parameters)) throw new TypeError(`The hints of ${name} must be an object`);
    for (const [parameter, hint] of Object.entries(parameters)) {
      const unknown = isRecord(hint) ? Object.keys(hint).find((key) => !allowed.includes(key)) : '';
      if (unknown !== undefined) {
        throw new TypeError(
          `The hint for ${name}(${parameter}) has '${unknown}': allowed are ${allowed.join(', ')}`,
        );
      }
    }
  }
  return hints as Hints;
}
