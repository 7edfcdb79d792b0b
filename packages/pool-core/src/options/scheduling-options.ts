import { describeValue } from '@sockpool/option-checks';
import type { SchedulingFunction } from './worker-view.ts';

/** All built-in policies. */
export const SCHEDULING_POLICIES = [
  'least-connections',
  'round-robin',
  'first-available',
  'power-of-two-choices',
  'least-utilized',
  'client-affinity',
] as const;

/** The name of a built-in policy. */
export type SchedulingPolicy = (typeof SCHEDULING_POLICIES)[number];

/**
 * Checks the `scheduling` option.
 *
 * @param scheduling what the caller gave
 * @returns the value
 * @throws {TypeError} when it is neither a policy's name nor a function
 */
export function requireScheduling(
  scheduling: SchedulingPolicy | SchedulingFunction,
): SchedulingPolicy | SchedulingFunction {
  if (typeof scheduling === 'function' || SCHEDULING_POLICIES.includes(scheduling)) {
    return scheduling;
  }
  const allowed = SCHEDULING_POLICIES.map((name) => `'${name}'`).join(', ');
  throw new TypeError(
    `Option scheduling must be one of ${allowed}, or a function, got ${describeValue(scheduling)}`,
  );
}
