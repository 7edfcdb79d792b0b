import { describeAdopting } from './behaviors/starting/adopting.ts';
import { describeBehindHaproxy } from './behaviors/load-balancers/behind-haproxy.ts';
import { describeBehindKeptConnections } from './behaviors/load-balancers/behind-kept-connections.ts';
import { describeChannels } from './behaviors/coordination/channels.ts';
import { describeClosing } from './behaviors/closing/closing.ts';
import { describeCrashes } from './behaviors/failures/crashes.ts';
import { describeFaults } from './behaviors/failures/faults.ts';
import { describeDiagnosing } from './behaviors/watching/diagnosing.ts';
import { describeHalfOpen } from './behaviors/serving/half-open.ts';
import { describeHandlerModules } from './behaviors/starting/handler-modules.ts';
import { describeHealth } from './behaviors/watching/health.ts';
import { describeAcceptBursts } from './behaviors/serving/accept-bursts.ts';
import { describeDescriptors } from './behaviors/failures/descriptors.ts';
import { describeHealthChecks } from './behaviors/watching/health-checks.ts';
import { describeHostedPorts } from './behaviors/hosting/hosted-ports.ts';
import { describeHostedPrograms } from './behaviors/hosting/hosted-programs.ts';
import { describeHosting } from './behaviors/hosting/hosting.ts';
import { describeInspecting } from './behaviors/watching/inspecting.ts';
import { describeLeading } from './behaviors/coordination/leading.ts';
import { describeLimits } from './behaviors/serving/limits.ts';
import { describeLogging } from './behaviors/watching/logging.ts';
import { describeMeasuring } from './behaviors/watching/measuring.ts';
import { describeOptions } from './behaviors/starting/options.ts';
import { describeOutliving } from './behaviors/closing/outliving.ts';
import { describeProtection } from './behaviors/admission/protection.ts';
import { describeProxyProtocol } from './behaviors/admission/proxy-protocol.ts';
import { describeRecycling } from './behaviors/rollouts/recycling.ts';
import { describeResizing } from './behaviors/rollouts/resizing.ts';
import { describeRestarting } from './behaviors/rollouts/restarting.ts';
import { describeRollouts } from './behaviors/rollouts/rollouts.ts';
import { describeOverload } from './behaviors/serving/overload.ts';
import { describeScheduling } from './behaviors/serving/scheduling.ts';
import { describeServing } from './behaviors/serving/serving.ts';
import { describeSeveralAddresses } from './behaviors/serving/several-addresses.ts';
import { describeSpawnFailures } from './behaviors/starting/spawn-failures.ts';
import { describeSignals } from './behaviors/closing/signals.ts';
import { describeWorkerHooks } from './behaviors/starting/worker-hooks.ts';
import { describeWorkerMessages } from './behaviors/serving/worker-messages.ts';
import { describeTls } from './behaviors/admission/tls.ts';
import { describeWorkerStart } from './behaviors/starting/worker-start.ts';
import { describeZeroLoss } from './behaviors/rollouts/zero-loss.ts';
import type { HaproxyRunner } from './load-balancers/haproxy-runner.ts';
import type { PoolKind } from './pool-under-test.ts';

/** What the suite runs besides pools, where the caller brings it. */
export interface SuiteTools {
  /** What runs HAProxy. Without, the tests behind HAProxy are skipped, and say so. */
  readonly haproxy?: HaproxyRunner;
}

/**
 * Registers the tests of every behavior that each kind of pool has.
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
