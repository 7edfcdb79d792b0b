/**
 * Tells how often systemd wants to hear that this service is alive, as `sd_watchdog_enabled(3)`
 * does: `WatchdogSec=` of the unit.
 *
 * Variables that were meant for the parent process count too, because the new primary of an
 * upgraded pool is its predecessor's child.
 *
 * @param environment the environment to read; `process.env` by default
 * @returns milliseconds within which a `WATCHDOG=1` is due; undefined when none is wanted
 */
export function watchdogMs(environment: NodeJS.ProcessEnv = process.env): number | undefined {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = environment;
  if (usec === undefined || !/^[1-9]\d*$/.test(usec)) return undefined;
  if (pid !== undefined && ![process.pid, process.ppid].includes(Number(pid))) return undefined;
  return Number(usec) / 1_000;
}
