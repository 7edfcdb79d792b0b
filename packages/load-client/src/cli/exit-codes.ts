/** The exit codes of `sockpool-load`. */
export const EXIT: Readonly<
  Record<'ok' | 'failed' | 'usage' | 'saturated' | 'threshold' | 'interrupted', number>
> = Object.freeze({
  /** Everything went well. */
  ok: 0,
  /** Errors were counted, no right reply came, or the run could not be made. */
  failed: 1,
  /** The arguments can't be used. */
  usage: 2,
  /** The client itself was the bottleneck, and `--fail-if-saturated` was given. */
  saturated: 3,
  /** A threshold of `--expect` was broken. */
  threshold: 4,
  /** The run was stopped by SIGINT or SIGTERM. */
  interrupted: 130,
});
