/** How a function is called. */
export interface FunctionOptions {
  /**
   * Runs C on another thread; the call returns a promise. Arguments are copied there
   * and back, so that the caller may go on using them.
   * @default false
   */
  readonly offThread?: boolean;
  /**
   * Reports errno: the call returns `{ value, errno }`. It is what C left there, so
   * it means something only when the result says that the function failed.
   * @default false
   */
  readonly errno?: boolean;
  /**
   * The symbol, when it differs from the name in the declaration.
   * @default the name
   */
  readonly symbol?: string;
  /**
   * The library may lack the function: `library()` then succeeds, and calling it is an
   * `ERR_FFI_SYMBOL_NOT_FOUND`.
   * @default false
   */
  readonly optional?: boolean;
  /**
   * Declares one form of a variadic function: how many parameters it has by name. The
   * ones after them are passed as C passes variable arguments, so they must be of the types
   * that these have: `i32`, `u32`, `i64`, `u64`, `f64` or a pointer.
   * @default the function is not variadic
   */
  readonly variadicAfter?: number;
}
