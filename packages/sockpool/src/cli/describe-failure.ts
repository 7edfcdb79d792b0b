import { errorPlaceText } from '@sockpool/option-checks';

/**
 * Says in a line why something failed: the message, and the place in the program where its deepest
 * cause comes from.
 *
 * @param error anything that was thrown
 */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [message = ''] = error.message.split('\n');
  return message + errorPlaceText(error);
}
