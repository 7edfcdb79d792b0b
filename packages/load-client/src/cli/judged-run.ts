import { describeOutcome } from '../report/condition-text.ts';
import type { LoadResult } from '../result/load-result.ts';
import { EXIT } from './exit-codes.ts';

/** Prints the outcome of each condition that was asked for, and of what else is broken. */
export function printConditions({ conditions = [] }: LoadResult): void {
  for (const outcome of conditions) {
    if (outcome.met && outcome.implied) continue;
    process.stderr.write(`${outcome.met ? 'met' : 'BROKEN'}: ${describeOutcome(outcome)}\n`);
  }
}

/** Returns the exit code of a result that was held against conditions. */
export function exitCodeOf(
  { client, conditions = [] }: LoadResult,
  flags: { readonly failIfSaturated?: boolean | undefined },
): number {
  // The other figures of a saturated client say little about the server.
  if (flags.failIfSaturated === true && client.saturated) return EXIT.saturated;
  const broken = conditions.filter(({ met }) => !met);
  if (broken.some(({ implied }) => !implied)) return EXIT.threshold;
  return broken.length > 0 ? EXIT.failed : EXIT.ok;
}
