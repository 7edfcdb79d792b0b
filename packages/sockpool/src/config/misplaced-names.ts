/** What is meant by names that a configuration has not: those of groups, and those of PM2. */
export const MISPLACED_NAMES: Readonly<Record<string, string>> = Object.freeze({
  graceMs: 'shutdown.graceMs',
  minReadyMs: 'rollout.minReadyMs',
  stuckTimeoutMs: 'health.stuckTimeoutMs',
  maxRssBytes: 'recycle.maxRssBytes',
  script: 'file',
  instances: 'workers',
  node_args: 'execArgv',
  kill_timeout: 'shutdown.graceMs',
  listen_timeout: 'bootTimeoutMs',
  max_memory_restart: 'recycle.maxRssBytes',
  max_restarts: 'respawn.maxConsecutiveCrashes',
  restart_delay: 'respawn.initialDelayMs',
});
