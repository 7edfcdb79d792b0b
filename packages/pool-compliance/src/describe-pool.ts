import { describeAdopting } from './behaviours/adopting.ts';
import { describeBehindHaproxy } from './behaviours/behind-haproxy.ts';
import { describeBehindKeptConnections } from './behaviours/behind-kept-connections.ts';
import { describeChannels } from './behaviours/channels.ts';
import { describeClosing } from './behaviours/closing.ts';
import { describeCrashes } from './behaviours/crashes.ts';
import { describeFaults } from './behaviours/faults.ts';
import { describeHalfOpen } from './behaviours/half-open.ts';
import { describeHandlerModules } from './behaviours/handler-modules.ts';
import { describeHealth } from './behaviours/health.ts';
import { describeDescriptors } from './behaviours/descriptors.ts';
import { describeHealthChecks } from './behaviours/health-checks.ts';
import { describeHostedPrograms } from './behaviours/hosted-programs.ts';
import { describeHosting } from './behaviours/hosting.ts';
import { describeInspecting } from './behaviours/inspecting.ts';
import { describeLeading } from './behaviours/leading.ts';
import { describeLimits } from './behaviours/limits.ts';
import { describeMeasuring } from './behaviours/measuring.ts';
import { describeOptions } from './behaviours/options.ts';
import { describeOutliving } from './behaviours/outliving.ts';
import { describeProtection } from './behaviours/protection.ts';
import { describeProxyProtocol } from './behaviours/proxy-protocol.ts';
import { describeRecycling } from './behaviours/recycling.ts';
import { describeResizing } from './behaviours/resizing.ts';
import { describeRestarting } from './behaviours/restarting.ts';
import { describeRollouts } from './behaviours/rollouts.ts';
import { describeOverload } from './behaviours/overload.ts';
import { describeScheduling } from './behaviours/scheduling.ts';
import { describeServing } from './behaviours/serving.ts';
import { describeSpawnFailures } from './behaviours/spawn-failures.ts';
import { describeSignals } from './behaviours/signals.ts';
import { describeWorkerHooks } from './behaviours/worker-hooks.ts';
import { describeWorkerMessages } from './behaviours/worker-messages.ts';
import { describeTls } from './behaviours/tls.ts';
import { describeWorkerStart } from './behaviours/worker-start.ts';
import { describeZeroLoss } from './behaviours/zero-loss.ts';
import type { HaproxyRunner } from './haproxy-runner.ts';
import type { PoolKind } from './pool-under-test.ts';

/** What the suite runs besides pools, where the caller brings it. */
export interface SuiteTools {
  /** What runs HAProxy. Without, the tests behind HAProxy are skipped, and say so. */
  readonly haproxy?: HaproxyRunner;
}

/**
 * Registers the tests of every behaviour that each kind of pool has.
 *
 * @param kind the kind of pool to test
 * @param tools what else the tests may run
 */
export function describePool(kind: PoolKind, { haproxy }: SuiteTools = {}): void {
  describeOptions(kind);
  describeWorkerStart(kind);
  describeServing(kind);
  describeHalfOpen(kind);
  describeLimits(kind);
  describeOverload(kind);
  describeProtection(kind);
  describeProxyProtocol(kind);
  describeTls(kind);
  describeDescriptors(kind);
  describeScheduling(kind);
  describeCrashes(kind);
  describeHandlerModules(kind);
  describeWorkerMessages(kind);
  describeChannels(kind);
  describeLeading(kind);
  describeWorkerHooks(kind);
  describeFaults(kind);
  describeSpawnFailures(kind);
  describeHealth(kind);
  describeHealthChecks(kind);
  describeInspecting(kind);
  describeMeasuring(kind);
  describeClosing(kind);
  describeRestarting(kind);
  describeRollouts(kind);
  describeResizing(kind);
  describeRecycling(kind);
  describeSignals(kind);
  describeZeroLoss(kind);
  describeBehindHaproxy(kind, haproxy);
  describeBehindKeptConnections(kind, haproxy);
  describeHosting(kind);
  describeHostedPrograms(kind);
  describeOutliving(kind);
  describeAdopting(kind);
}
