import type { ConditionOutcome } from '../result/condition-outcome.ts';

/** Returns a condition with the figure that it was held against, and what that means. */
export function describeOutcome({ condition, actual, detail }: ConditionOutcome): string {
  const figure = actual === null ? 'no reply' : String(Number(actual.toPrecision(4)));
  return `${condition} (is ${figure}${detail === null || detail === '' ? '' : `: ${detail}`})`;
}
