/** Two ways to do the same work, run in alternation by {@link compare}. */
export interface Contest {
  readonly ours: () => number | Promise<number>;
  readonly peer: () => number | Promise<number>;
  readonly peerName: string;
  /** Gives the result that both must return. */
  readonly expected: number;
  /** Gives the work of a run: its amount and unit. */
  readonly work: readonly [amount: number, unit: 'MB' | 'requests'];
}

const ROUNDS = 7;

/** Runs both in alternation and prints their median throughput and its ratio. */
export async function compare(title: string, contest: Contest): Promise<void> {
  const times = { ours: [] as number[], peer: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of round % 2 === 0
      ? (['ours', 'peer'] as const)
      : (['peer', 'ours'] as const)) {
      const start = performance.now();
      const result = await contest[side]();
      const elapsed = performance.now() - start;
      if (result !== contest.expected) {
        throw new Error(`${title}: ${side} gave ${result} instead of ${contest.expected}`);
      }
      // The first round only warms up.
      if (round > 0) times[side].push(elapsed);
    }
  }
  const ours = median(times.ours);
  const peer = median(times.peer);
  const [amount, unit] = contest.work;
  const rate = (ms: number): string => `${Math.round((1_000 * amount) / ms)} ${unit}/s`;
  console.log(
    `${title}: ${rate(ours)}, ${contest.peerName} ${rate(peer)}, ratio ${(peer / ours).toFixed(2)}`,
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
