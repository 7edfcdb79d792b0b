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

/** What the suite runs besides pools, and which part of it. */
export interface SuiteOptions {
  /** What runs HAProxy. Without, the tests behind HAProxy are skipped, and say so. */
  readonly haproxy?: HaproxyRunner;
  /**
   * The part to register, such as `'2/3'` for the second of three. Files with a part each run side
   * by side, which is faster than one file: the tests wait for most of their time.
   *
   * @default '1/1' // the whole suite
   */
  readonly shard?: `${number}/${number}`;
}

const BEHAVIORS: readonly ((kind: PoolKind, haproxy: HaproxyRunner | undefined) => void)[] = [
  describeOptions,
  describeWorkerStart,
  describeServing,
  describeSeveralAddresses,
  describeHalfOpen,
  describeLimits,
  describeOverload,
  describeProtection,
  describeProxyProtocol,
  describeTls,
  describeAcceptBursts,
  describeDescriptors,
  describeScheduling,
  describeCrashes,
  describeHandlerModules,
  describeWorkerMessages,
  describeChannels,
  describeLeading,
  describeWorkerHooks,
  describeFaults,
  describeSpawnFailures,
  describeHealth,
  describeHealthChecks,
  describeInspecting,
  describeMeasuring,
  describeLogging,
  describeDiagnosing,
  describeClosing,
  describeRestarting,
  describeRollouts,
  describeResizing,
  describeRecycling,
  describeSignals,
  describeZeroLoss,
  describeBehindHaproxy,
  describeBehindKeptConnections,
  describeHosting,
  describeHostedPrograms,
  describeHostedPorts,
  describeOutliving,
  describeAdopting,
];

/**
 * Registers the tests of every behavior that each kind of pool has.
 *
 * @param kind the kind of pool to test
 * @param options what else the tests may run, and which part to register
 * @throws {RangeError} when the shard is none of 1/n to n/n
 */
export function describePool(kind: PoolKind, { haproxy, shard = '1/1' }: SuiteOptions = {}): void {
  const [, part, parts] = (/^([1-9]\d*)\/([1-9]\d*)$/.exec(shard) ?? []).map(Number);
  if (part === undefined || parts === undefined || part > parts) {
    throw new RangeError(`Option shard must be a part of a whole, such as '2/3', got '${shard}'`);
  }
  BEHAVIORS.forEach((describe, index) => {
    if (index % parts === part - 1) describe(kind, haproxy);
  });
}
