import { asConst, isConst, type CHeader, type CRecord, type CType } from '../header/c-type.ts';
import { argumentOf, KNOWN_TYPEDEFS, SCALARS, valueOf } from '../header/c-scalars.ts';
import type { CompiledValues } from '../compiled/compiled-values.ts';
import { describeType } from '../header/describe-type.ts';
import type { ParameterHint } from './hints.ts';
import { mapGivenFunction } from './map-callback.ts';
import type { SafeNames } from './safe-names.ts';
import { mapRecord } from './map-record.ts';
import type { MappedRecord, MappedType } from './mapped-type.ts';
import type { TypeMapping } from './type-mapping.ts';
import { UnmappableType } from './unmappable-type.ts';

/** A callback that C keeps. */
export interface KeptType {
  /** What C calls it. */
  readonly of: string;
  readonly pointer: string;
  readonly signature: string;
}

/** Maps C types to declarations, collecting what they need. */
export class TypeMapper implements TypeMapping {
  readonly header: CHeader;
  readonly values: CompiledValues;
  readonly names: SafeNames;
  /** The functions of typed-ffi that the declarations use. */
  readonly imports: Set<string> = new Set();
  /** Structs that have to be declared, in the order they are needed. */
  readonly records: Map<string, MappedRecord> = new Map();
  /** Enums that something has been mapped from. */
  readonly enums: Set<string> = new Set();
  /** Callbacks that C keeps, by the name of what declares them. */
  readonly kept: Map<string, KeptType> = new Map();
  readonly #refused = new Map<string, string>();
  /** Records that some function returns pointers to. */
  readonly #ofC = new Set<string>();

  constructor(header: CHeader, values: CompiledValues, names: SafeNames) {
    this.header = header;
    this.values = values;
    this.names = names;
    for (const { type } of header.functions.values()) {
      const result = type.kind === 'function' ? this.resolve(type.result) : type;
      const target = result.kind === 'pointer' ? this.resolve(result.to) : result;
      if (result.kind === 'pointer' && target.kind === 'record') this.#ofC.add(target.key);
    }
  }

  /** Tells whether C makes such records itself, since a function returns a pointer to one. */
  isMadeByC(key: string): boolean {
    return this.#ofC.has(key);
  }

  /** Tells whether a record has pointers in it, so that C may keep what it is given. */
  hasPointers(key: string): boolean {
    const visit = (type: CType): boolean => {
      const resolved = this.resolve(type);
      if (resolved.kind === 'array') return visit(resolved.of);
      return (
        resolved.kind === 'pointer' ||
        (resolved.kind === 'record' && this.hasPointers(resolved.key))
      );
    };
    return this.header.records.get(key)?.fields?.some(({ type }) => visit(type)) === true;
  }

  /** Writes a call of one of typed-ffi's functions. */
  use(name: string, ...rest: readonly string[]): string {
    this.imports.add(name);
    return `${name}(${rest.filter((one) => one !== '').join(', ')})`;
  }

  /** Follows typedefs to a type that is none. */
  resolve(type: CType): CType {
    if (type.kind !== 'named') return type;
    const target = this.header.typedefs.get(type.name);
    if (target === undefined) return { kind: 'unknown', text: `'${type.name}'` };
    const resolved = this.resolve(target);
    return isConst(type) ? asConst(resolved) : resolved;
  }

  /** Returns the scalar that a type is for TypeScript, or null. */
  scalar(type: CType): string | null {
    if (type.kind === 'named') {
      const known = KNOWN_TYPEDEFS[type.name];
      if (known !== undefined && this.resolve(type).kind === 'scalar') return known;
      const target = this.header.typedefs.get(type.name);
      return target === undefined ? null : this.scalar(target);
    }
    if (type.kind === 'enum') {
      this.enums.add(type.key);
      return this.values.enums.get(type.key) ?? 'i32';
    }
    return type.kind === 'scalar' ? (SCALARS[type.name] ?? null) : null;
  }

  isVoid(type: CType): boolean {
    const resolved = this.resolve(type);
    return resolved.kind === 'scalar' && resolved.name === 'void';
  }

  same(expression: string, value: string, labels?: readonly string[]): MappedType {
    return { expression, argument: value, value, labels };
  }

  scalarType(scalar: string): MappedType {
    this.imports.add(scalar);
    return { expression: scalar, argument: argumentOf(scalar), value: valueOf(scalar) };
  }

  describe(type: CType): string {
    return describeType(type, this.header);
  }

  /** Returns the name that pointers to a type carry: one for each type, however it is written. */
  tagOf(type: CType): string {
    if (type.kind === 'named') {
      const target = this.header.typedefs.get(type.name);
      if (target === undefined) return type.name;
      if (target.kind === 'scalar' && target.name === 'void') return type.name;
      if (target.kind === 'function') return type.name;
      if (target.kind === 'pointer' && this.resolve(target.to).kind === 'function') {
        return type.name;
      }
      return this.tagOf(target);
    }
    switch (type.kind) {
      case 'record': {
        return this.#tagOfRecord(type.key);
      }
      case 'enum':
        return nameIn(this.header.enums.get(type.key)?.cName) ?? type.key;
      case 'pointer':
        return type.to.kind === 'function' ? this.tagOf(type.to) : `${this.tagOf(type.to)} *`;
      case 'function': {
        const parameters = type.parameters.map((one) => this.tagOf(one.type));
        return `${this.tagOf(type.result)} (${parameters.join(', ')})`;
      }
      case 'array':
        return `${this.tagOf(type.of)}[]`;
      case 'scalar':
        return type.name;
      default:
        return type.kind;
    }
  }

  #tagOfRecord(key: string): string {
    const record = this.header.records.get(key);
    if (record === undefined) return key;
    const { hasTag, typedefName, cName } = record;
    if (typedefName !== null) {
      // `struct a` and a typedef `a` of something else are two types.
      const taken = typedefName !== key && this.header.records.get(typedefName)?.hasTag === true;
      return taken && hasTag ? `struct ${key}` : typedefName;
    }
    return hasTag ? key : (nameIn(cName) ?? key);
  }

  opaque(tag: string): MappedType {
    this.imports.add('type Pointer');
    const value = `Pointer<'${tag}'>`;
    return {
      expression: this.use('opaque', `'${tag}'`),
      argument: value,
      value: `${value} | null`,
    };
  }

  /** Declares a record that is complete, or returns null; {@link whyNot} says why. */
  record(key: string): MappedRecord | null {
    const known = this.records.get(key);
    if (known !== undefined) return known;
    if (this.#refused.has(key)) return null;
    const declared = this.header.records.get(key);
    try {
      if (declared === undefined) throw new UnmappableType('it is not declared');
      const mapped = mapRecord(declared, this);
      this.records.set(key, mapped);
      return mapped;
    } catch (error) {
      if (!(error instanceof UnmappableType)) throw error;
      this.#refused.set(key, error.message);
      return null;
    }
  }

  /** Says why a record cannot be declared. */
  whyNot(key: string): string {
    return this.#refused.get(key) ?? 'it cannot be expressed';
  }

  /** Declares a callback that C keeps, once for each name; returns what declares it. */
  keep(name: string, pointer: string, signature: string): string {
    const known = [...this.kept].find(([, one]) => one.of === name && one.pointer === pointer);
    if (known !== undefined) return known[0];
    const picked = this.names.pick(name);
    this.kept.set(picked, { of: name, pointer, signature });
    return picked;
  }

  /** Returns the size of a complete record in bytes, or null. */
  sizeOf(record: CRecord): number | null {
    return this.values.layouts.get(record.key)?.sizeBytes ?? null;
  }

  /** Maps what a function returns. */
  result(type: CType, hint: ParameterHint = {}): MappedType {
    if (this.isVoid(type)) {
      this.imports.add('nothing');
      return this.same('nothing', 'void');
    }
    const scalar = this.scalar(type);
    if (scalar !== null) return this.scalarType(scalar);
    const resolved = this.resolve(type);
    if (resolved.kind === 'record') {
      const record = this.record(resolved.key);
      if (record === null) {
        throw new UnmappableType(
          `its result is '${this.describe(resolved)}' by value: ${this.whyNot(resolved.key)}`,
        );
      }
      return this.same(record.name, record.name);
    }
    if (resolved.kind !== 'pointer') {
      throw new UnmappableType(`its result is ${this.noCounterpart(type)}`);
    }
    if (hint.opaque !== undefined && hint.opaque !== false) {
      return this.opaque(hint.opaque === true ? this.tagOf(resolved.to) : hint.opaque);
    }
    const target = this.scalar(resolved.to);
    const inner = this.resolve(resolved.to);
    if (hint.function !== undefined && hint.function !== false) {
      return this.#functionOf(hint.function, type, inner);
    }
    if (hint.text === true && inner.kind === 'pointer' && this.scalar(inner.to) === 'char') {
      return this.freed(hint, this.same(this.use('stringArray'), 'string[] | null'));
    }
    if (target === 'char' || hint.text === true) {
      this.imports.add('cString');
      return this.freed(hint, this.same('cString', 'string | null'));
    }
    if (hint.copy === true) {
      const { expression, value } = this.referent(resolved.to);
      const freed = hint.freedBy === undefined ? value : `${value} | null`;
      return this.freed(hint, this.same(this.use('constRef', expression), freed));
    }
    if (hint.freedBy !== undefined) {
      throw new TypeError(
        `Cannot apply the hint for a result: 'freedBy' does not fit '${this.describe(type)}' ` +
          'without text or copy',
      );
    }
    const named = type.kind === 'named' && this.resolve(resolved.to).kind === 'function';
    return this.opaque(named ? type.name : this.tagOf(resolved.to));
  }

  /** Maps a function of C's own that is returned. */
  #functionOf(hint: string | true, type: CType, inner: CType): MappedType {
    const named =
      hint === true ? inner : this.resolve({ kind: 'named', name: hint, isConst: false });
    const declared = named.kind === 'pointer' ? this.resolve(named.to) : named;
    if (declared.kind !== 'function') {
      throw new TypeError(
        `Cannot apply the hint for a result: '${hint === true ? this.describe(type) : hint}' is no ` +
          'function; `function` takes the typedef of one',
      );
    }
    return mapGivenFunction(declared, this);
  }

  /** Lets a copy be freed, where the hint says by what. */
  freed({ freedBy }: ParameterHint, copied: MappedType): MappedType {
    if (freedBy === undefined) return copied;
    return { ...copied, expression: this.use('freedBy', `'${freedBy}'`, copied.expression) };
  }

  /**
   * Maps what a pointer points to, to be read from there.
   *
   * @throws {UnmappableType} when it is neither a number nor a struct that can be declared
   */
  referent(to: CType): MappedType {
    const scalar = this.scalar(to);
    if (scalar !== null) return this.scalarType(scalar);
    const resolved = this.resolve(to);
    const record = resolved.kind === 'record' ? this.record(resolved.key) : null;
    if (record === null) {
      const why = resolved.kind === 'record' ? this.whyNot(resolved.key) : 'it is no struct';
      throw new UnmappableType(`'${this.describe(to)}' cannot be copied: ${why}`);
    }
    return this.same(record.name, record.name);
  }

  /** Says of a type that JavaScript has nothing like it. */
  noCounterpart(type: CType): string {
    const resolved = this.resolve(type);
    if (resolved.kind === 'unknown') return resolved.text;
    return resolved.kind === 'scalar'
      ? `'${resolved.name}', which has no counterpart`
      : `'${this.describe(type)}', which has no counterpart`;
  }
}

/** Returns the name in the C expression of a type, such as `handle` in `__typeof__(*(handle)0)`. */
function nameIn(cName: string | null | undefined): string | undefined {
  return /\w+(?=\)0\)$|\)$|$)/.exec(cName?.replace(/^(?:struct|union|enum) /, '') ?? '')?.[0];
}
