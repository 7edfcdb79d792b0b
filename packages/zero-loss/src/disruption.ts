/** Something done to a server that its clients must not notice. */
export interface Disruption {
  /** What the report calls it, such as `restart` or `resize to 3`. */
  readonly name: string;
  /**
   * Does it, and resolves when it is done. A rejection ends the check.
   *
   * @param signal fires when the check ends before it is done; what still runs is to end then
   */
  run(signal: AbortSignal): Promise<unknown>;
}

/** A disruption that was done. */
export interface DisruptionReport {
  readonly name: string;
  /** When it began, in milliseconds since the load started. */
  readonly startedAtMs: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}
