/** What went wrong, for callers that want to react to it. */
export type FfiErrorCode =
  | 'ERR_FFI_BACKEND_UNAVAILABLE'
  | 'ERR_FFI_CALLBACK_EXPIRED'
  | 'ERR_FFI_COMPILER_NOT_FOUND'
  | 'ERR_FFI_HEADER_INVALID'
  | 'ERR_FFI_ISOLATE_CLOSED'
  | 'ERR_FFI_ISOLATE_CRASHED'
  | 'ERR_FFI_ISOLATE_FULL'
  | 'ERR_FFI_LAYOUT_MISMATCH'
  | 'ERR_FFI_LIBRARY_INVALID'
  | 'ERR_FFI_LIBRARY_NOT_FOUND'
  | 'ERR_FFI_NULL_RESULT'
  | 'ERR_FFI_POINTER_RELEASED'
  | 'ERR_FFI_SYMBOL_NOT_FOUND'
  | 'ERR_FFI_UNSUPPORTED';

/**
 * Reports what a caller may want to catch: a library or symbol that is missing,
 * something a backend cannot do, a released pointer, a crashed isolate. Misuse
 * of a declared function is a TypeError or RangeError instead.
 */
export class FfiError extends Error {
  override readonly name = 'FfiError';
  /** Which failure this is; stable across releases. */
  readonly code: FfiErrorCode;

  constructor(code: FfiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
