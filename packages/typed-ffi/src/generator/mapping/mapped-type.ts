/** A C type in TypeScript: the expression that declares it, and its types. */
export interface MappedType {
  readonly expression: string;
  /** What is passed for it; null for an out-parameter. */
  readonly argument: string | null;
  /** What it yields as a result, a field, or an out-parameter. */
  readonly value: string;
  /** The parameters whose values its length needs. */
  readonly labels?: readonly string[] | undefined;
}

/** A field of a struct. */
export interface MappedField {
  readonly name: string;
  readonly mapped: MappedType;
  readonly doc: string;
}

/** A struct or union that is declared. */
export interface MappedRecord {
  readonly name: string;
  readonly cName: string;
  readonly isUnion: boolean;
  readonly fields: readonly MappedField[];
  /** The layout by the compiler's word, where its fields alone do not say it. */
  readonly layout: RecordLayout | null;
  readonly doc: string;
}

/** Where the compiler has put the fields of a struct. */
export interface RecordLayout {
  readonly sizeBytes: number;
  readonly alignmentBytes: number;
  readonly offsets: readonly (readonly [string, number])[];
}
