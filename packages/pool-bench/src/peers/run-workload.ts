import type { Peer } from './peers.ts';
import type { WorkloadResult } from './results.ts';
import { disturbanceOf, type Measurement } from './statistics.ts';
import type { Workload } from './workload.ts';

/** How a workload is run. */
export interface RunPlan {
  /** Rounds that are wanted; each has every peer once. */
  readonly rounds: number;
  /** The share of the machine that others may have in a round without disturbing it. */
  readonly disturbedAbove: number;
  readonly isQuick: boolean;
  /** Ends it before its next measurement. */
  readonly signal: AbortSignal;
  /** Hears of each measurement. */
  readonly onProgress: (text: string) => void;
}

/**
 * Measures peers in alternation, each round with another one first. Disturbed rounds are
 * repeated, until twice as many have been run as were wanted.
 */
export async function runWorkload(
  workload: Workload,
  peers: readonly Peer[],
  { rounds, disturbedAbove, isQuick, signal, onProgress }: RunPlan,
): Promise<WorkloadResult> {
  const measurements: Measurement[] = [];
  const failures: WorkloadResult['failures'][number][] = [];
  const disturbed = (): number =>
    [...disturbanceOf(measurements).values()].filter((load) => load > disturbedAbove).length;
  for (
    let round = 0;
    round < 2 * rounds && round - disturbed() < rounds && !signal.aborted;
    round += 1
  ) {
    const first = round % peers.length;
    for (const peer of [...peers.slice(first), ...peers.slice(0, first)]) {
      if (signal.aborted) break;
      try {
        const outcome = await workload.measure(peer, isQuick);
        measurements.push({ peer: peer.name, round, ...outcome });
        const others = `${(100 * outcome.otherLoad).toFixed(0)} % of the machine had others`;
        onProgress(`${workload.name}, round ${round + 1}, ${peer.name}: ${others}`);
      } catch (error) {
        if (signal.aborted) break;
        const reason = error instanceof Error ? error.message : String(error);
        failures.push({ peer: peer.name, round, reason });
        onProgress(`${workload.name}, round ${round + 1}, ${peer.name} failed: ${reason}`);
      }
    }
  }
  const { name, title, baseline, figures } = workload;
  return {
    name,
    title,
    baseline,
    figures,
    client: await workload.client(),
    measurements,
    disturbedRounds: disturbed(),
    failures,
  };
}
