import type { Measurement } from './statistics.ts';

/** The `format` of the results that this version writes and reads. */
export const RESULTS_FORMAT = 'sockpool-peers/1';

/** Something that is measured. */
export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly better: 'less' | 'more';
}

/** How a workload went. */
export interface WorkloadResult {
  readonly name: string;
  readonly title: string;
  readonly baseline: string;
  readonly figures: readonly Figure[];
  /** Where the load came from. */
  readonly client: string;
  /** Of all rounds, the repeated ones included. */
  readonly measurements: readonly Measurement[];
  /** Rounds in which others had more of the machine than allowed. */
  readonly disturbedRounds: number;
  readonly failures: readonly {
    readonly peer: string;
    readonly round: number;
    readonly reason: string;
  }[];
}

/** What a run of the whole matrix gave. */
export interface Results {
  readonly format: typeof RESULTS_FORMAT;
  readonly startedAt: string;
  readonly isQuick: boolean;
  readonly machine: {
    readonly cpus: number;
    readonly model: string;
    readonly system: string;
    readonly node: string;
  };
  readonly rounds: number;
  /** The share of the machine above which a round counts as disturbed. */
  readonly disturbedAbove: number;
  readonly peers: readonly {
    readonly name: string;
    readonly note: string;
    readonly version: string | null;
  }[];
  readonly workloads: readonly WorkloadResult[];
}

/**
 * Reads results from their JSON.
 *
 * @throws {TypeError} when it is not of this format
 */
export function parseResults(text: string): Results {
  const results = JSON.parse(text) as Results;
  if (results?.format !== RESULTS_FORMAT) {
    throw new TypeError(`Cannot read the results: expected the format '${RESULTS_FORMAT}'`);
  }
  return results;
}
