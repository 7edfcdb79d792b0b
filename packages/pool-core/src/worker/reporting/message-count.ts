import { describeValue } from '@sockpool/option-checks';

/**
 * Checks how many messages a handler counts.
 *
 * @param count what it gave
 * @throws {TypeError} when it is not a whole number of 0 or more
 */
export function requireCount(count: unknown): number {
  if (Number.isSafeInteger(count) && (count as number) >= 0) return count as number;
  throw new TypeError(
    `Cannot count ${describeValue(count)} messages: give a whole number of 0 or more, or nothing for one`,
  );
}
