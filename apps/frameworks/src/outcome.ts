/** What clients of a program saw while it was restarted. */
export interface Outcome {
  /** Requests or messages that were answered as they should be. */
  readonly right: number;
  readonly lost: number;
  /** How they were lost, and whatever else is wrong; empty when nothing is. */
  readonly problems: readonly string[];
}

/** Restarts the program as often as it is to be. */
export type Restarts = () => Promise<void>;

/** How far away clients live, in milliseconds each way. */
export const DELAY_MS = 25;

/** The longest that a client thinks before a request, in milliseconds. */
export const THINK_MS = 1_000;
