import type { CHeader, CType, CVariable } from './c-type.ts';
import { argumentOf, ELEMENTS, normalized, SCALARS, TYPED_ARRAYS, valueOf } from './c-scalars.ts';
import type { ParameterHint } from './hints.ts';

/** A C type in TypeScript: the expression that declares it, and its types. */
export interface MappedType {
  readonly expression: string;
  /** What is passed for it; null for an out-parameter. */
  readonly argument: string | null;
  /** What it yields as a result, a field, or an out-parameter. */
  readonly value: string;
}

/** A field of a struct. */
export interface MappedField {
  readonly name: string;
  readonly mapped: MappedType;
}

/** Says why a type cannot be expressed. */
export class UnmappableType extends Error {
  override readonly name = 'UnmappableType';
}

const spec = (value: number | string): string =>
  typeof value === 'number' ? String(value) : `'${value}'`;

/** Maps C types to declarations, collecting what they need. */
export class TypeMapper {
  readonly #header: CHeader;
  /** The functions of typed-ffi that the declarations use. */
  readonly imports: Set<string> = new Set();
  /** Structs that have to be declared, in the order they are needed. */
  readonly structs: Map<string, readonly MappedField[]> = new Map();

  constructor(header: CHeader) {
    this.#header = header;
  }

  #use(name: string, ...rest: readonly string[]): string {
    this.imports.add(name);
    return `${name}(${rest.join(', ')})`;
  }

  /** Follows typedefs to a type that is none. */
  resolve(type: CType): CType {
    const name = type.kind === 'named' || type.kind === 'base' ? type.name : undefined;
    if (name === undefined || (type.kind === 'base' && SCALARS[normalized(name)] !== undefined))
      return type;
    if (SCALARS[name] !== undefined) return { kind: 'base', name, isConst: isConst(type) };
    const target = this.#header.typedefs.get(name);
    if (target === undefined) return type;
    const resolved = this.resolve(target);
    return isConst(type) && 'isConst' in resolved ? { ...resolved, isConst: true } : resolved;
  }

  #scalar(type: CType): string | null {
    const resolved = this.resolve(type);
    if (resolved.kind === 'enum') return 'i32';
    if (resolved.kind !== 'base' && resolved.kind !== 'named') return null;
    return SCALARS[normalized(resolved.name)] ?? null;
  }

  #isVoid(type: CType): boolean {
    const resolved = this.resolve(type);
    return resolved.kind === 'base' && resolved.name === 'void';
  }

  /** Declares a struct that is complete, or says why not. */
  #struct(tag: string): string | null {
    if (this.structs.has(tag)) return tag;
    const declared = this.#header.structs.get(tag);
    if (declared === undefined || declared.fields === null || declared.fields.length === 0)
      return null;
    try {
      const fields = declared.fields.map(({ name, type }) => ({ name, mapped: this.#field(type) }));
      this.structs.set(tag, fields);
      return tag;
    } catch (error) {
      if (error instanceof UnmappableType) return null;
      throw error;
    }
  }

  /** Says why a struct by value cannot be expressed. */
  #whyNoStruct(tag: string): string {
    const declared = this.#header.structs.get(tag);
    const problem = declared?.problem || 'a field of it cannot be expressed';
    return `'${declared?.cName ?? tag}' by value: ${problem}`;
  }

  #field(type: CType): MappedType {
    const scalar = this.#scalar(type);
    if (scalar !== null) return this.#scalarType(scalar);
    const resolved = this.resolve(type);
    if (resolved.kind === 'pointer') return this.#opaque(this.#tagOf(resolved.to));
    if (resolved.kind === 'array' && resolved.length !== null) {
      if (this.#scalar(resolved.of) === 'char') {
        return this.#same(this.#use('charArray', String(resolved.length)), 'string');
      }
      const element = this.#field(resolved.of);
      return this.#same(
        this.#use('fixedArray', element.expression, String(resolved.length)),
        `(${element.value})[]`,
      );
    }
    if (resolved.kind === 'struct' && this.#struct(resolved.tag) !== null) {
      return this.#same(resolved.tag, resolved.tag);
    }
    throw new UnmappableType('a field that cannot be expressed');
  }

  #same(expression: string, value: string): MappedType {
    return { expression, argument: value, value };
  }

  #scalarType(scalar: string): MappedType {
    this.imports.add(scalar);
    return { expression: scalar, argument: argumentOf(scalar), value: valueOf(scalar) };
  }

  #tagOf(type: CType): string {
    if (type.kind === 'named') return type.name;
    const resolved = this.resolve(type);
    if (resolved.kind === 'struct' || resolved.kind === 'enum') return resolved.tag;
    return resolved.kind === 'base' ? resolved.name : resolved.kind;
  }

  #opaque(tag: string): MappedType {
    this.imports.add('type Pointer');
    const value = `Pointer<'${tag}'>`;
    return {
      expression: this.#use('opaque', `'${tag}'`),
      argument: value,
      value: `${value} | null`,
    };
  }

  /** Maps what a function returns. */
  result(type: CType): MappedType {
    if (this.#isVoid(type)) {
      this.imports.add('nothing');
      return this.#same('nothing', 'void');
    }
    const scalar = this.#scalar(type);
    if (scalar !== null) return this.#scalarType(scalar);
    const resolved = this.resolve(type);
    if (resolved.kind === 'struct') {
      const tag = this.#struct(resolved.tag);
      if (tag === null) {
        throw new UnmappableType(`its result is ${this.#whyNoStruct(resolved.tag)}`);
      }
      return this.#same(tag, tag);
    }
    if (resolved.kind === 'pointer') {
      if (this.#scalar(resolved.to) === 'char') {
        this.imports.add('cString');
        return this.#same('cString', 'string | null');
      }
      const named = resolved.to.kind === 'function' && type.kind === 'named';
      return this.#opaque(named ? type.name : this.#tagOf(resolved.to));
    }
    throw new UnmappableType(`its result is ${describeType(resolved)}`);
  }

  /** Maps a parameter; `lengthAfter` is the name of an integer that follows it. */
  parameter(variable: CVariable, hint: ParameterHint, lengthAfter: string | null): MappedType {
    const mapped = this.#bareParameter(variable, hint, lengthAfter);
    if (hint.nullable !== true || mapped.argument === null) return mapped;
    return {
      ...mapped,
      expression: this.#use('nullable', mapped.expression),
      argument: `${mapped.argument} | null`,
    };
  }

  #bareParameter(variable: CVariable, hint: ParameterHint, lengthAfter: string | null): MappedType {
    const { name, type } = variable;
    const scalar = this.#scalar(type);
    if (scalar !== null) return this.#scalarType(scalar);
    const resolved = this.resolve(type);
    switch (resolved.kind) {
      case 'struct': {
        const tag = this.#struct(resolved.tag);
        if (tag === null) {
          throw new UnmappableType(`parameter '${name}' is ${this.#whyNoStruct(resolved.tag)}`);
        }
        return { expression: tag, argument: `Readonly<${tag}>`, value: tag };
      }
      case 'array':
        return this.#arrayParameter(resolved.of, hint, lengthAfter);
      case 'pointer': {
        const target = this.resolve(resolved.to);
        if (target.kind === 'function')
          return this.#callback(target.parameters, target.result, name);
        return this.#pointer(resolved.to, hint, lengthAfter);
      }
      case 'function':
        return this.#callback(resolved.parameters, resolved.result, name);
      default:
    }
    throw new UnmappableType(`parameter '${name}' is ${describeType(resolved)}`);
  }

  #length(hint: ParameterHint, lengthAfter: string | null): string {
    const length = hint.length ?? lengthAfter;
    return length === null ? '' : typeof length === 'number' ? String(length) : `'${length}'`;
  }

  #arrayParameter(of: CType, hint: ParameterHint, lengthAfter: string | null): MappedType {
    const row = this.resolve(of);
    if (row.kind === 'array') {
      const element = this.#scalar(row.of);
      if (element === null || element === 'bool' || row.length === null) {
        throw new UnmappableType('an array of arrays of what is no number');
      }
      const typed = TYPED_ARRAYS[element] ?? '';
      const short = ELEMENTS[element] ?? element;
      if (hint.rows === undefined || hint.columns === undefined) {
        return this.#same(this.#use(`${short}Array`, this.#length(hint, null)), typed);
      }
      const shape = `{ rows: ${spec(hint.rows)}, columns: ${spec(hint.columns)}, stride: ${row.length} }`;
      return this.#same(this.#use('matrix', `'${short}'`, shape), typed);
    }
    const element = this.#scalar(of);
    if (element === null || element === 'bool') return this.#memory(hint, lengthAfter);
    return this.#typedArray(element, hint, lengthAfter);
  }

  #typedArray(element: string, hint: ParameterHint, lengthAfter: string | null): MappedType {
    const short = ELEMENTS[element] ?? element;
    return this.#same(
      this.#use(`${short}Array`, this.#length(hint, lengthAfter)),
      TYPED_ARRAYS[element] ?? '',
    );
  }

  #memory(hint: ParameterHint, lengthAfter: string | null): MappedType {
    return this.#same(this.#use('bytes', this.#length(hint, lengthAfter)), 'ArrayBufferView');
  }

  #pointer(to: CType, hint: ParameterHint, lengthAfter: string | null): MappedType {
    const target = this.resolve(to);
    const readOnly = isConst(to) || isConst(target);
    const scalar = this.#scalar(to);
    if (scalar === 'char') {
      if (readOnly) {
        this.imports.add('cString');
        return this.#same('cString', 'string');
      }
      if (
        hint.rows !== undefined ||
        (typeof hint.length === 'string' && hint.length.includes('*'))
      ) {
        return this.#typedArray('u8', hint, null);
      }
      this.imports.add('type StringBuffer');
      return this.#same(this.#use('charBuffer', this.#length(hint, lengthAfter)), 'StringBuffer');
    }
    if (scalar !== null) {
      const mapped = this.#scalarType(scalar);
      if (hint.out === true) return this.#out(mapped);
      if (scalar !== 'bool' && (hint.length !== undefined || lengthAfter !== null || readOnly)) {
        return this.#typedArray(scalar, hint, lengthAfter);
      }
      this.imports.add('type Ref');
      return this.#same(this.#use('byref', mapped.expression), `Ref<${mapped.value}>`);
    }
    if (this.#isVoid(to)) return this.#memory(hint, lengthAfter);
    if (target.kind === 'pointer') {
      const inner = this.resolve(target.to);
      if (inner.kind === 'struct' && this.#struct(inner.tag) === null) {
        return this.#out(this.#opaque(this.#tagOf(target.to)));
      }
      // Memory for one pointer, which C fills in.
      return this.#memory({ ...hint, length: hint.length ?? 8 }, null);
    }
    if (target.kind === 'struct') {
      const tag = this.#struct(target.tag);
      if (tag === null) return this.#opaqueParameter(to, hint);
      if (hint.out === true) return this.#out(this.#same(tag, tag));
      return readOnly
        ? { expression: this.#use('constRef', tag), argument: `Readonly<${tag}>`, value: tag }
        : this.#same(this.#use('byref', tag), tag);
    }
    return this.#opaqueParameter(to, hint);
  }

  #opaqueParameter(to: CType, hint: ParameterHint): MappedType {
    const mapped = this.#opaque(this.#tagOf(to));
    if (hint.released !== true) return mapped;
    return { ...mapped, expression: this.#use('released', mapped.expression) };
  }

  #out(mapped: MappedType): MappedType {
    return { expression: this.#use('out', mapped.expression), argument: null, value: mapped.value };
  }

  #callback(parameters: readonly CVariable[], result: CType, name: string): MappedType {
    const mapped = parameters.map(({ type }): MappedType => {
      const scalar = this.#scalar(type);
      if (scalar !== null) return this.#scalarType(scalar);
      const resolved = this.resolve(type);
      if (resolved.kind === 'pointer') {
        const target = this.#scalar(resolved.to);
        if (target === 'char') {
          this.imports.add('cString');
          return this.#same('cString', 'string | null');
        }
        if (target !== null && (isConst(resolved.to) || isConst(this.resolve(resolved.to)))) {
          const inner = this.#scalarType(target);
          return this.#same(this.#use('constRef', inner.expression), inner.value);
        }
        return this.#opaque(this.#tagOf(resolved.to));
      }
      throw new UnmappableType(`the callback '${name}' takes ${describeType(resolved)}`);
    });
    const returned = this.result(result);
    if (this.#scalar(result) === null && !this.#isVoid(result)) {
      throw new UnmappableType(
        `the callback '${name}' returns ${describeType(this.resolve(result))}`,
      );
    }
    const signature = mapped
      .map(({ value }, i) => `${parameters[i]?.name || `arg${i}`}: ${value}`)
      .join(', ');
    const list = `[${mapped.map(({ expression }) => expression).join(', ')}]`;
    return this.#same(
      this.#use('callback', list, returned.expression),
      `(${signature}) => ${returned.value}`,
    );
  }
}

function isConst(type: CType): boolean {
  return 'isConst' in type && type.isConst;
}

function describeType(type: CType): string {
  switch (type.kind) {
    case 'base':
    case 'named':
      return `'${type.name}', which has no counterpart`;
    case 'struct':
      return `the struct or union '${type.tag}' by value, whose fields cannot be expressed`;
    case 'unknown':
      return type.text;
    default:
      return `a ${type.kind}, which has no counterpart`;
  }
}
