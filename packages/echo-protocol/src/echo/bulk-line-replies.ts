import { upperCase } from './upper-case.ts';

const SPACE_BEFORE_NEWLINE = /[\t\v\f\r ]\n/;

/**
 * Returns the replies to a run of whole lines, all in one go, or `undefined`
 * when a line ends with blanks and the lines must be told apart.
 *
 * Neither decoding nor upper-casing looks across a newline, so the result is
 * that of the lines one by one.
 */
export function bulkLineReplies(lines: Buffer): Buffer | undefined {
  const text = lines.toString('utf8').replaceAll('\r\n', '\n');
  if (SPACE_BEFORE_NEWLINE.test(text)) return undefined;
  return Buffer.from(upperCase(text), 'utf8');
}
