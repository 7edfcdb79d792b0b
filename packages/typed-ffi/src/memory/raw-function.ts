/**
 * A bound C function on raw values (see `Abi`). With `errno` it returns
 * `{ value, errno }`; off the main thread it returns a promise.
 */
export type RawFunction = (...values: readonly unknown[]) => unknown;

/** What a bound function with `errno` returns. */
export interface RawErrnoResult {
  readonly value: unknown;
  readonly errno: number;
}

/** A function pointer to JavaScript that lives until it is released. */
export interface KeptFunctionPointer {
  readonly address: bigint;
  release(): void;
}
