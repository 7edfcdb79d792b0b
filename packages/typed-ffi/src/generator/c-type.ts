/** A C type as the generator knows it. */
export type CType =
  | { readonly kind: 'base'; readonly name: string; readonly isConst: boolean }
  | { readonly kind: 'struct'; readonly tag: string; readonly isConst: boolean }
  | { readonly kind: 'enum'; readonly tag: string; readonly isConst: boolean }
  | { readonly kind: 'named'; readonly name: string; readonly isConst: boolean }
  | { readonly kind: 'pointer'; readonly to: CType; readonly isConst: boolean }
  | { readonly kind: 'array'; readonly of: CType; readonly length: number | null }
  | CFunctionType
  | { readonly kind: 'unknown'; readonly text: string };

/** A function, or what a function pointer points to. */
export interface CFunctionType {
  readonly kind: 'function';
  readonly parameters: readonly CVariable[];
  readonly result: CType;
  readonly isVariadic: boolean;
}

/** A parameter or a field: a name and a type. */
export interface CVariable {
  readonly name: string;
  readonly type: CType;
}

/** A struct with its fields; null when it is incomplete or has what cannot be expressed. */
export interface CStruct {
  readonly tag: string;
  /** What C calls it: `struct Complex`, or the name that a typedef gives it. */
  readonly cName: string;
  readonly fields: readonly CVariable[] | null;
  readonly problem: string;
}

/** A declared function. */
export interface CFunction {
  readonly name: string;
  readonly type: CFunctionType;
  /** The file that it is declared in. */
  readonly file: string;
}

/** What a header declares. */
export interface CHeader {
  readonly functions: readonly CFunction[];
  readonly structs: ReadonlyMap<string, CStruct>;
  readonly typedefs: ReadonlyMap<string, CType>;
  /** Enumerators with their values, by the file and the enum they are in. */
  readonly enums: readonly CEnum[];
}

/** An enum; its tag is empty when it has none. */
export interface CEnum {
  readonly tag: string;
  readonly file: string;
  readonly values: readonly { readonly name: string; readonly value: number }[];
}
