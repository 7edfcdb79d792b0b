import type { CMacro } from './c-token.ts';

/** A C type as the generator knows it. */
export type CType =
  | {
      readonly kind: 'scalar';
      /** The words in one order: `unsigned long`, whatever the header wrote. */
      readonly name: string;
      readonly isConst: boolean;
    }
  | { readonly kind: 'record'; readonly key: string; readonly isConst: boolean }
  | { readonly kind: 'enum'; readonly key: string; readonly isConst: boolean }
  | { readonly kind: 'named'; readonly name: string; readonly isConst: boolean }
  | { readonly kind: 'pointer'; readonly to: CType; readonly isConst: boolean }
  | CArrayType
  | CFunctionType
  | { readonly kind: 'unknown'; readonly text: string };

/** An array; its bound is the header's expression, or empty. */
export interface CArrayType {
  readonly kind: 'array';
  readonly of: CType;
  readonly bound: string;
}

/** A function, or what a function pointer points to. */
export interface CFunctionType {
  readonly kind: 'function';
  readonly parameters: readonly CParameter[];
  readonly result: CType;
  readonly isVariadic: boolean;
  /** False for `f()`, which says nothing of its parameters. */
  readonly hasPrototype: boolean;
}

/** A parameter with what the comments beside it say. */
export interface CParameter {
  readonly name: string;
  readonly type: CType;
  readonly comments: readonly string[];
}

/** A member of a struct or union; without a name its own members count as the outer's. */
export interface CField {
  readonly name: string;
  readonly type: CType;
  /** How many bits it has, as an expression; empty for a whole member. */
  readonly bits: string;
  readonly doc: string;
}

/** A struct or union. */
export interface CRecord {
  /** What the generator calls it: its tag, or a number of its own. */
  readonly key: string;
  readonly isUnion: boolean;
  readonly hasTag: boolean;
  /** The file that its fields are in. */
  file: string;
  /** Null while it is incomplete. */
  fields: readonly CField[] | null;
  /** What C calls it, such as `struct Complex`; null when it has no name at all. */
  cName: string | null;
  /** The name that a typedef gives it. */
  typedefName: string | null;
  doc: string;
}

/** An enum with its enumerators; their values are the compiler's to say. */
export interface CEnum {
  readonly key: string;
  readonly hasTag: boolean;
  cName: string | null;
  file: string;
  readonly enumerators: { readonly name: string; doc: string }[];
}

/** `__attribute__((access(write_only, 2, 3)))`, with `__` taken from its name. */
export interface CAttribute {
  readonly name: string;
  readonly args: readonly string[];
}

/** A declared function or variable. */
export interface CDeclaration {
  readonly name: string;
  readonly type: CType;
  /** The files that it is declared in; a library may declare it in several. */
  readonly files: readonly string[];
  /** The name in the library, where an asm label says another. */
  readonly symbol: string;
  /** Set when no library has it: it is static, or its body is in the header. */
  readonly isLocal: boolean;
  readonly isThreadLocal: boolean;
  readonly attributes: readonly CAttribute[];
  doc: string;
}

/** A declaration that could not be read. */
export interface CProblem {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

/** What a header declares, with the headers that it includes. */
export interface CHeader {
  readonly functions: ReadonlyMap<string, CDeclaration>;
  readonly variables: ReadonlyMap<string, CDeclaration>;
  readonly records: ReadonlyMap<string, CRecord>;
  readonly enums: ReadonlyMap<string, CEnum>;
  readonly typedefs: ReadonlyMap<string, CType>;
  readonly macros: readonly CMacro[];
  readonly problems: readonly CProblem[];
}

/** Tells whether a type is const. */
export function isConst(type: CType): boolean {
  return 'isConst' in type && type.isConst;
}

/** Returns the const form of a type. */
export function asConst(type: CType): CType {
  if (type.kind === 'array') return { ...type, of: asConst(type.of) };
  return 'isConst' in type ? { ...type, isConst: true } : type;
}
