import { describeClosing } from './behaviours/closing.ts';
import { describeCrashes } from './behaviours/crashes.ts';
import { describeDescriptors } from './behaviours/descriptors.ts';
import { describeHosting } from './behaviours/hosting.ts';
import { describeLimits } from './behaviours/limits.ts';
import { describeOverload } from './behaviours/overload.ts';
import { describeScheduling } from './behaviours/scheduling.ts';
import { describeServing } from './behaviours/serving.ts';
import { describeSignals } from './behaviours/signals.ts';
import type { PoolKind } from './pool-under-test.ts';

/**
 * Registers the tests of every behaviour that each kind of pool has.
 *
 * @param kind the kind of pool to test
 */
export function describePool(kind: PoolKind): void {
  describeServing(kind);
  describeLimits(kind);
  describeOverload(kind);
  describeDescriptors(kind);
  describeScheduling(kind);
  describeCrashes(kind);
  describeClosing(kind);
  describeSignals(kind);
  describeHosting(kind);
}
