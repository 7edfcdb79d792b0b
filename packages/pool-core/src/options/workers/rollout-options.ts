import { requireDurationMs, requireFunction, withDefaults } from '@sockpool/option-checks';
import type { AddressInfo, Socket } from 'node:net';
import type { WorkerInfo } from './worker-info.ts';

/** A new worker that does not serve clients yet. */
export interface ProbeTarget {
  readonly worker: WorkerInfo;
  /** Where the pool listens, on which the workers of before serve on. */
  readonly address: AddressInfo | string;
  /**
   * Opens a connection that this worker serves, and no other: by loopback TCP, whatever the
   * pool listens on. As any client's it passes `proxyProtocol`, `protection` and `tls`, and counts.
   * It is destroyed when the probe ends.
   */
  readonly connect: () => Promise<Socket>;
  /** Fires when the probe is to end: its time is over, or the pool closes. */
  readonly signal: AbortSignal;
}

/** Tries a new worker; it serves clients only if this returns, or the promise resolves. */
export type WorkerProbe = (target: ProbeTarget) => unknown;

/** How new workers prove themselves before old ones go: in a restart, a resize, `retire()` and recycling. */
export interface RolloutOptions {
  /**
   * How long new workers serve before the workers that they replace leave, in milliseconds.
   * Meanwhile the old ones keep their connections, take no new ones, and can serve again at
   * once. If a new worker dies within this time they do: the rollout is rolled back. The
   * price is the memory of both for so long; 0 waits for nothing.
   * @default 1_000
   */
  readonly minReadyMs?: number;
  /**
   * Tries each new worker before it serves a client, such as by a first request; see
   * `httpProbe()`. If it throws, rejects, or is not done within `bootTimeoutMs`, the new
   * workers are ended, and the old ones have noticed nothing.
   * @default undefined, which tries nothing
   */
  readonly probe?: WorkerProbe;
}

/** {@link RolloutOptions} checked and with every default filled in. */
export interface ResolvedRolloutOptions {
  readonly minReadyMs: number;
  readonly probe: WorkerProbe | undefined;
}

/** The defaults of {@link RolloutOptions}. */
export const ROLLOUT_DEFAULTS: ResolvedRolloutOptions = Object.freeze({
  minReadyMs: 1_000,
  probe: undefined,
});

/**
 * Checks how new workers prove themselves.
 *
 * @param options what the caller gave
 * @param defaults what holds for what is not given
 * @param prefix what goes before the names of options in messages
 * @throws {TypeError | RangeError} when an option is wrong
 */
export function resolveRolloutOptions(
  options: RolloutOptions | undefined,
  defaults: ResolvedRolloutOptions = ROLLOUT_DEFAULTS,
  prefix = '',
): ResolvedRolloutOptions {
  const { minReadyMs, probe } = withDefaults<ResolvedRolloutOptions>('rollout', options, defaults);
  if (probe !== undefined) requireFunction(`${prefix}probe`, probe);
  return Object.freeze({
    minReadyMs: requireDurationMs(`${prefix}minReadyMs`, minReadyMs),
    probe,
  });
}
