import { describeValue } from '@sockpool/option-checks';
import { UsageError } from './exit-codes.ts';
import type { Told } from './told.ts';

/**
 * Reads a flag that is a whole number.
 *
 * @param flags the flags
 * @param name the flag's
 * @throws {UsageError} when it is anything else
 */
export function integerFlag(flags: Told['flags'], name: string): number | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`Option --${name} must be a whole number, got ${describeValue(text)}`);
}
