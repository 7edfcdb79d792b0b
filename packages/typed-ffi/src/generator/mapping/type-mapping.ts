import type { CompiledValues } from '../compiled/compiled-values.ts';
import type { CHeader, CType } from '../header/c-type.ts';
import type { MappedRecord, MappedType } from './mapped-type.ts';
import type { SafeNames } from './safe-names.ts';

/** What maps the parts of a type: the mappers of records, callbacks and lengths stand on it. */
export interface TypeMapping {
  readonly header: CHeader;
  readonly values: CompiledValues;
  readonly names: SafeNames;
  /** The functions of typed-ffi that the declarations use. */
  readonly imports: Set<string>;
  /** Writes a call of one of typed-ffi's functions. */
  use(name: string, ...rest: readonly string[]): string;
  /** Follows typedefs to a type that is none. */
  resolve(type: CType): CType;
  /** Returns the scalar that a type is for TypeScript, or null. */
  scalar(type: CType): string | null;
  isVoid(type: CType): boolean;
  same(expression: string, value: string, labels?: readonly string[]): MappedType;
  scalarType(scalar: string): MappedType;
  describe(type: CType): string;
  /** Returns the name that pointers to a type carry: one for each type, however it is written. */
  tagOf(type: CType): string;
  opaque(tag: string): MappedType;
  /** Declares a record that is complete, or returns null; {@link whyNot} says why. */
  record(key: string): MappedRecord | null;
  /** Says why a record cannot be declared. */
  whyNot(key: string): string;
  /** Declares a callback that C keeps, once for each name; returns what declares it. */
  keep(name: string, pointer: string, signature: string): string;
  /** Maps what a function returns. */
  result(type: CType): MappedType;
  /**
   * Maps what a pointer points to, to be read from there.
   *
   * @throws {UnmappableType} when it is neither a number nor a struct that can be declared
   */
  referent(to: CType): MappedType;
  /** Says of a type that JavaScript has nothing like it. */
  noCounterpart(type: CType): string;
}
