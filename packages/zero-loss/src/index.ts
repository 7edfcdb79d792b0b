/**
 * Loads a server while it restarts and resizes, and reports every request that a client lost.
 *
 * @packageDocumentation
 */
export { checkZeroLoss } from './check-zero-loss.ts';
export { type Disruption, type DisruptionReport } from './disruption.ts';
export { formatZeroLossReport } from './format-report.ts';
export {
  poolDisruptions,
  type DisruptablePool,
  type PoolDisruptionOptions,
} from './pool-disruptions.ts';
export { shellDisruption } from './shell-disruption.ts';
export { assertZeroLoss, ZeroLossError, ZeroLossTimeoutError } from './zero-loss-error.ts';
export {
  type NewConnectionOptions,
  type HeldConnectionOptions,
  ZERO_LOSS_DEFAULTS,
  type ZeroLossOptions,
  type ZeroLossWorkload,
} from './zero-loss-options.ts';
export type { Loss, LossClass, ZeroLossReport } from './zero-loss-report.ts';
