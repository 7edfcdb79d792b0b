/** A condition on a run with what it was held against; as the JSON has it. */
export interface ConditionOutcome {
  /** The condition, such as `p99<5ms`, or what every run must fulfill, such as `no unanswered requests`. */
  readonly condition: string;
  /** The figure that it was held against; null when there was no reply to have one. */
  readonly actual: number | null;
  readonly met: boolean;
  /** Whether it holds for every run, without being asked for. */
  readonly implied: boolean;
  /** What the figure means when it is broken, such as the reasons of errors. */
  readonly detail: string | null;
}
