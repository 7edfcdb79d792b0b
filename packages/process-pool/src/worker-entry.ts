/**
 * The entry point of a worker process: deaf from its first instruction to the signals that
 * are for the primary, then the worker itself. It imports nothing before.
 *
 * @module
 */

// Service managers signal every process; it is for the primary to act on it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGTTIN', 'SIGTTOU', 'SIGUSR2'] as const) {
  process.on(signal, () => undefined);
}
// The primary is gone: nobody would ever stop this worker.
const exit = (): void => process.exit(0);
process.once('disconnect', exit);

await import('./worker-main.ts');

process.off('disconnect', exit);
