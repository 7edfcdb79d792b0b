/** What a header does not say about a parameter or, under `return`, about a result. */
export interface ParameterHint {
  /**
   * The elements of an array, or the bytes of a buffer, that C may touch; see
   * `LengthSpec`. A struct's pointer becomes memory for so many structs.
   */
  readonly length?: number | string;
  /** The shape of a two-dimensional array; the stride comes from the header. */
  readonly rows?: number | string;
  readonly columns?: number | string;
  /** C only writes to it: it becomes part of the result. */
  readonly out?: boolean;
  /** C reads and writes one value: it is passed as `ref(value)`, or a struct's object. */
  readonly byref?: boolean;
  /** It may be null. */
  readonly nullable?: boolean;
  /** The function frees it. */
  readonly released?: boolean;
  /** It is memory of C's own, with the name of what it points to or the header's. */
  readonly opaque?: boolean | string;
  /** It is text that ends in NUL, and C stays within it. */
  readonly text?: boolean;
  /** A `char` buffer holds bytes, not text; a struct's pointer is its bytes. */
  readonly bytes?: boolean;
  /** A result is a copy of the struct or number that it points to. */
  readonly copy?: boolean;
  /** A result is a function of C that can be called, as the header or this typedef declares it. */
  readonly function?: boolean | string;
  /** The function that frees a result or an output, which is copied before. */
  readonly freedBy?: string;
  /** What C passes to a callback: `'text'` that ends in NUL, or a `'copy'` of one value. */
  readonly callback?: Readonly<Record<string, 'copy' | 'text'>>;
  /** Whether C keeps a callback after the call. */
  readonly kept?: boolean;
  /** How far C goes is not checked: the caller is responsible. */
  readonly unchecked?: boolean;
}

/** Forms of a variadic function: names, with the variable arguments as C parameters. */
export type FormHints = Readonly<Record<string, string>>;

/**
 * The hints of one function by parameter. `return` is its result, and `...` declares forms
 * of a variadic function, which have hints of their own under their names.
 */
export type FunctionHints = Readonly<Record<string, FormHints | ParameterHint>>;

/** Returns the hint for a parameter or, for `return`, the result. */
export function hintFor(hints: FunctionHints, parameter: string): ParameterHint {
  return (hints[parameter] ?? {}) as ParameterHint;
}

/** Returns the forms of a variadic function. */
export function formsIn(hints: FunctionHints): FormHints {
  return (hints['...'] ?? {}) as FormHints;
}

/** Hints by function; false leaves it out on purpose. */
export type Hints = Readonly<Record<string, FunctionHints | false>>;

const KINDS: Readonly<Record<keyof ParameterHint, readonly string[]>> = {
  length: ['number', 'string'],
  rows: ['number', 'string'],
  columns: ['number', 'string'],
  out: ['boolean'],
  byref: ['boolean'],
  nullable: ['boolean'],
  released: ['boolean'],
  opaque: ['boolean', 'string'],
  text: ['boolean'],
  bytes: ['boolean'],
  copy: ['boolean'],
  function: ['boolean', 'string'],
  freedBy: ['string'],
  callback: ['object'],
  kept: ['boolean'],
  unchecked: ['boolean'],
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Checks hints that were read from a file.
 *
 * @throws {TypeError} when they are not of the form that is wanted, or still have the
 *   question marks that `sockpool-ffi hints` writes
 */
export function parseHints(text: string): Hints {
  let hints: unknown;
  try {
    hints = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`Cannot read the hints: ${reason}`, { cause });
  }
  if (!isRecord(hints))
    throw new TypeError(`Hints must be an object of functions, got ${text.slice(0, 40)}`);
  for (const [name, parameters] of Object.entries(hints)) {
    if (parameters === false) continue;
    if (!isRecord(parameters)) {
      throw new TypeError(
        `The hints of ${name} must be an object, or false to leave it out, got ${JSON.stringify(parameters)}`,
      );
    }
    for (const [parameter, hint] of Object.entries(parameters)) {
      if (parameter === '...') checkForms(name, hint);
      else checkHint(`${name}(${parameter})`, hint);
    }
  }
  return hints as Hints;
}

function checkForms(name: string, forms: unknown): void {
  if (isRecord(forms) && Object.values(forms).every((form) => typeof form === 'string')) return;
  throw new TypeError(
    `The hint for ${name}(...) must be an object of forms, such as { "${name}_long": "long value" }`,
  );
}

function checkHint(place: string, hint: unknown): void {
  if (!isRecord(hint))
    throw new TypeError(`The hint for ${place} must be an object, got ${JSON.stringify(hint)}`);
  for (const [key, value] of Object.entries(hint)) {
    if (key === '?') {
      throw new TypeError(
        `Cannot apply the hint for ${place}: it is still to be written; say ${String(value)}`,
      );
    }
    if (!Object.hasOwn(KINDS, key)) {
      throw new TypeError(
        `Cannot apply the hint for ${place}: there is no '${key}'; allowed are ${Object.keys(KINDS).join(', ')}`,
      );
    }
    if (typeof value === 'string' && value.includes('?')) {
      throw new TypeError(
        `Cannot apply the hint for ${place}: its ${key} is '${value}'; look it up, and write it without '?'`,
      );
    }
    const allowed = KINDS[key as keyof ParameterHint];
    if (!allowed.includes(typeof value)) {
      throw new TypeError(
        `The ${key} of the hint for ${place} must be a ${allowed.join(' or a ')}, got ${JSON.stringify(value)}`,
      );
    }
  }
}
