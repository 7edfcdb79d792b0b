import { setTimeout as delay } from 'node:timers/promises';
import type { Disruption, DisruptionReport } from './disruption.ts';
import { quietAfterMs } from './plan-clients.ts';
import { ZeroLossTimeoutError } from './zero-loss-error.ts';
import type { ResolvedZeroLossOptions } from './zero-loss-options.ts';

/** The longest time that a timer of Node can wait, in milliseconds. */
const MAX_TIMER_MS = 2_147_483_647;

/** So long a disruption that is told to end may take to do so before it is left to itself, in milliseconds. */
const ENDING_MS = 5_000;

/** How the disturbing went. */
export interface Disturbing {
  /** What was begun, each with its start since the epoch; the last one perhaps without success. */
  readonly disruptions: readonly DisruptionReport[];
  /** Why it was not carried through; undefined when it was. */
  readonly failure: Error | undefined;
}

/**
 * Does one disruption after the other, with quiet time before and after. One that fails is the last.
 *
 * When all together take longer than `maxDurationMs`, the one that still runs is told to end.
 *
 * @param signal ends the disturbing: the promise rejects with its reason
 */
export async function disturbServer(
  options: ResolvedZeroLossOptions,
  signal: AbortSignal,
): Promise<Disturbing> {
  const disruptions: DisruptionReport[] = [];
  await delay(options.quietMs, undefined, { signal });
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), Math.min(options.maxDurationMs, MAX_TIMER_MS));
  try {
    for (const disruption of options.disruptions) {
      const startedMs = performance.now();
      const failure = await attempt(disruption, options.maxDurationMs, limit.signal, signal);
      disruptions.push({
        name: disruption.name,
        startedAtMs: performance.timeOrigin + startedMs,
        durationMs: performance.now() - startedMs,
      });
      if (failure !== undefined) return { disruptions, failure };
    }
  } finally {
    clearTimeout(timer);
  }
  await delay(quietAfterMs(options), undefined, { signal });
  return { disruptions, failure: undefined };
}

/** Does one disruption, and returns why it failed, or undefined. */
async function attempt(
  disruption: Disruption,
  maxDurationMs: number,
  limit: AbortSignal,
  signal: AbortSignal,
): Promise<Error | undefined> {
  const running = outcomeOf(disruption, AbortSignal.any([signal, limit]));
  const outcome = await Promise.race([running, fired(limit), fired(signal)]);
  signal.throwIfAborted();
  if (!limit.aborted) return outcome;
  // It is told to end, and says how it did if it heeds that.
  const goesOn = new Error('it was told to end, and goes on');
  const ending = await Promise.race([running, delay(ENDING_MS, goesOn, { signal })]);
  return new ZeroLossTimeoutError(disruption.name, maxDurationMs, ending);
}

/** Resolves with what a disruption rejects with, or undefined. */
async function outcomeOf(disruption: Disruption, stop: AbortSignal): Promise<Error | undefined> {
  try {
    stop.throwIfAborted();
    await disruption.run(stop);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error), { cause: error });
  }
}

/** Resolves when a signal fires. */
function fired(signal: AbortSignal): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => resolve(undefined), { once: true });
  if (signal.aborted) resolve(undefined);
  return promise;
}
