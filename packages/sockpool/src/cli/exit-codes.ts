/** What the command ends with. */
export const EXIT: { readonly done: 0; readonly failed: 1; readonly usage: 2 } = Object.freeze({
  /** What was asked came true. */
  done: 0,
  /** It did not. */
  failed: 1,
  /** The arguments are wrong. */
  usage: 2,
});

/** The arguments or options are wrong; the message says what is allowed. */
export class UsageError extends TypeError {}

/** What was asked did not come true; the message says why. */
export class FailedError extends Error {}

/**
 * Makes what an option that is wrong throws an error of usage: one line, exit code 2.
 *
 * @param error anything thrown
 * @param config the configuration's file, which is named where an option of it is wrong
 */
export function usageErrorOf(error: unknown, config?: string): unknown {
  if (!(error instanceof TypeError || error instanceof RangeError)) return error;
  // A variable of the environment stands elsewhere.
  const inConfig = config !== undefined && /^(Option|Unknown option) /.test(error.message);
  return new UsageError(inConfig ? `${error.message} (${config})` : error.message);
}
