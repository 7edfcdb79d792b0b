import type { ReplyDifference } from '../measure/recorder.ts';

/** Returns what was asked, what was to come, where one reply only is right, what came instead, and why it is wrong. */
export function describeDifference(difference: ReplyDifference): string {
  const { errorClass, request, expected, actual, reason } = difference;
  const sent = errorClass === 'surplusBytes' ? 'nothing was asked' : `sent '${request}'`;
  const wanted = expected === null ? '' : `, expected '${expected}'`;
  return `${sent}${wanted}, got '${actual}' (${reason})`;
}
