import { isMainThread } from 'node:worker_threads';

import { FfiError } from '../errors/errors.ts';

/** Tells of a callback that C has called too late. */
export function warnOfExpired(): void {
  process.emitWarning(
    new FfiError(
      'ERR_FFI_CALLBACK_EXPIRED',
      'C called a callback after the function that it was passed to had returned; C got 0',
    ),
  );
}

let seen = 0;

/**
 * Takes how many calls of expired function pointers the shim has counted in this process, and
 * warns once of those that are new. Only the main thread passes callbacks.
 */
export function noticeExpired(count: number): void {
  // Calls off the thread come back in any order.
  if (((count - seen) | 0) <= 0 || !isMainThread) return;
  seen = count;
  warnOfExpired();
}
