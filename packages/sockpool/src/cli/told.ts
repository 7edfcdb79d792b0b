/** What a command was told. */
export interface Told {
  readonly operands: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** Flags that may be given several times. */
  readonly lists: Readonly<Record<string, readonly string[] | undefined>>;
}
