/**
 * Guards TCP connections: address lists, limits per client, timeouts, slow senders and buffered memory.
 *
 * @module
 */
export { AddressLimit } from './address-limit.ts';
export { type AdmitOptions, ConnectionGuard } from './connection-guard.ts';
export {
  GUARD_DEFAULTS,
  type GuardOptions,
  type ResolvedGuardOptions,
  resolveGuardOptions,
} from './guard-options.ts';
export { NO_REFUSALS, type Refusal, type RefusalCounts, type RefusalReason } from './refusal.ts';
