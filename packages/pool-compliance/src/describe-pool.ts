import { describeAdopting } from './behaviours/starting/adopting.ts';
import { describeBehindHaproxy } from './behaviours/load-balancers/behind-haproxy.ts';
import { describeBehindKeptConnections } from './behaviours/load-balancers/behind-kept-connections.ts';
import { describeChannels } from './behaviours/coordination/channels.ts';
import { describeClosing } from './behaviours/closing/closing.ts';
import { describeCrashes } from './behaviours/failures/crashes.ts';
import { describeFaults } from './behaviours/failures/faults.ts';
import { describeDiagnosing } from './behaviours/watching/diagnosing.ts';
import { describeHalfOpen } from './behaviours/serving/half-open.ts';
import { describeHandlerModules } from './behaviours/starting/handler-modules.ts';
import { describeHealth } from './behaviours/watching/health.ts';
import { describeAcceptBursts } from './behaviours/serving/accept-bursts.ts';
import { describeDescriptors } from './behaviours/failures/descriptors.ts';
import { describeHealthChecks } from './behaviours/watching/health-checks.ts';
import { describeHostedPorts } from './behaviours/hosting/hosted-ports.ts';
import { describeHostedPrograms } from './behaviours/hosting/hosted-programs.ts';
import { describeHosting } from './behaviours/hosting/hosting.ts';
import { describeInspecting } from './behaviours/watching/inspecting.ts';
import { describeLeading } from './behaviours/coordination/leading.ts';
import { describeLimits } from './behaviours/serving/limits.ts';
import { describeLogging } from './behaviours/watching/logging.ts';
import { describeMeasuring } from './behaviours/watching/measuring.ts';
import { describeOptions } from './behaviours/starting/options.ts';
import { describeOutliving } from './behaviours/closing/outliving.ts';
import { describeProtection } from './behaviours/admission/protection.ts';
import { describeProxyProtocol } from './behaviours/admission/proxy-protocol.ts';
import { describeRecycling } from './behaviours/rollouts/recycling.ts';
import { describeResizing } from './behaviours/rollouts/resizing.ts';
import { describeRestarting } from './behaviours/rollouts/restarting.ts';
import { describeRollouts } from './behaviours/rollouts/rollouts.ts';
import { describeOverload } from './behaviours/serving/overload.ts';
import { describeScheduling } from './behaviours/serving/scheduling.ts';
import { describeServing } from './behaviours/serving/serving.ts';
import { describeSeveralAddresses } from './behaviours/serving/several-addresses.ts';
import { describeSpawnFailures } from './behaviours/starting/spawn-failures.ts';
import { describeSignals } from './behaviours/closing/signals.ts';
import { describeWorkerHooks } from './behaviours/starting/worker-hooks.ts';
import { describeWorkerMessages } from './behaviours/serving/worker-messages.ts';
import { describeTls } from './behaviours/admission/tls.ts';
import { describeWorkerStart } from './behaviours/starting/worker-start.ts';
import { describeZeroLoss } from './behaviours/rollouts/zero-loss.ts';
import type { HaproxyRunner } from './load-balancers/haproxy-runner.ts';
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
  describeSeveralAddresses(kind);
  describeHalfOpen(kind);
  describeLimits(kind);
  describeOverload(kind);
  describeProtection(kind);
  describeProxyProtocol(kind);
  describeTls(kind);
  describeAcceptBursts(kind);
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
  describeLogging(kind);
  describeDiagnosing(kind);
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
  describeHostedPorts(kind);
  describeOutliving(kind);
  describeAdopting(kind);
}
