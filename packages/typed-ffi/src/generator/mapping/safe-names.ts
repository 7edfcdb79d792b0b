/** What a declaration of TypeScript cannot be called. */
const KEYWORDS = [
  'any arguments as async await bigint boolean break case catch class const continue debugger',
  'declare default delete do else enum eval export extends false finally for from function get',
  'if implements import in infer instanceof interface is keyof let module namespace never new null',
  'number object of package private protected public readonly require return satisfies set static',
  'string super switch symbol this throw true try type typeof undefined unique unknown using var',
  'void while with yield',
]
  .join(' ')
  .split(' ');

/** What a generated module uses by its global name. */
const GLOBALS = [
  'Promise Readonly ArrayBufferView NaN Infinity Int8Array Uint8Array Int16Array Uint16Array',
  'Int32Array Uint32Array BigInt64Array BigUint64Array Float32Array Float64Array Object Array',
  'declarations globalThis',
]
  .join(' ')
  .split(' ');

/** What the package exports, as far as a generated module may import it. */
export const EXPORTS: readonly string[] = [
  'BACKENDS FfiError KeptCallback Pointer StringBuffer array backendAvailability bitField',
  'bool byref bytes cString callback char charArray charBuffer checkLayouts constRef',
  'constant decodeCString f32 f32Array f64 f64Array fixedArray fn functionPointer i16',
  'i16Array i32 i32Array i64 i64Array i8 i8Array isize isolated library matrix missingFrom',
  'named nothing nullable opaque out packRows ref released runsOnMusl stringArray stringBuffer struct',
  'u16 u16Array u32 u32Array u64 u64Array u8 u8Array union unpackRows usize variable',
]
  .join(' ')
  .split(' ');

/** The types that a generated module imports, beside the functions of the package. */
const TYPES =
  'Field KeepOptions KeptCallback LayoutCheckOptions LibraryOptions LibraryPath Pointer Ref StringBuffer StructType UnionType Variable'.split(
    ' ',
  );

/** Words that no parameter can be called, in the type of a function. */
const NO_PARAMETER = new Set(
  [
    'arguments await break case catch class const continue debugger default delete do else enum',
    'eval export extends false finally for function if implements import in instanceof interface',
    'let new null package private protected public return static super switch this throw true try',
    'typeof var void while with yield',
  ]
    .join(' ')
    .split(' '),
);

/** Gives the declarations of a module names that collide with nothing in it. */
export class SafeNames {
  readonly #taken = new Set([...KEYWORDS, ...GLOBALS, ...TYPES, ...EXPORTS]);

  /** Returns the name, or one with `_` after it, and remembers it. */
  pick(name: string): string {
    let picked = name.replaceAll(/[^\w$]/g, '_');
    while (this.#taken.has(picked)) picked += '_';
    this.#taken.add(picked);
    return picked;
  }
}

/** Returns a name that a parameter can have. */
export function parameterName(name: string): string {
  return NO_PARAMETER.has(name) ? `${name}_` : name;
}

/** Returns a name as the key of an object, quoted where that is needed. */
export function propertyName(name: string): string {
  if (name === '__proto__') return "['__proto__']";
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`;
}
