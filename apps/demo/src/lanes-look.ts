/** What the slots of the notebook's pools are at a moment, as the page is told. */
export interface LanesLook {
  readonly atMs: number;
  readonly pools: readonly {
    readonly title: string;
    readonly kind: string;
    readonly lanes: readonly Lane[];
  }[];
}

/** The slot of one worker. */
export interface Lane {
  readonly workerId: number;
  readonly nativeId: number;
  /** The port of the client that has it; null when it is FREE. */
  readonly takenBy: number | null;
  /** For how long the client has had it, in milliseconds. */
  readonly forMs: number;
}
