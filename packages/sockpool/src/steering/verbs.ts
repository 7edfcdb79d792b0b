import { EXIT, UsageError } from '../cli/exit-codes.ts';
import { integerFlag } from '../cli/integer-flag.ts';
import type { Told } from '../cli/told.ts';
import { duration, print } from './print.ts';
import { withProgress } from './progress.ts';
import { asking, target } from './target.ts';

/** `sockpool restart`: waits, and fails when the new code does not serve. */
export async function restart({ flags }: Told): Promise<number> {
  const worker = integerFlag(flags, 'worker');
  const canary = flags['canary'] === true;
  const terms = {
    ...given('graceMs', integerFlag(flags, 'grace')),
    ...given('minReadyMs', integerFlag(flags, 'min-ready')),
  };
  const canaryMs = integerFlag(flags, 'canary-time');
  const pool = await target(flags);
  if (worker !== undefined && !canary) {
    const report = await asking(() =>
      withProgress(flags, pool, () => pool.restartWorker(worker, terms)),
    );
    print(flags['json'] === true, report, () => `Worker ${worker} is replaced${lost(report)}`);
    return EXIT.done;
  }
  const request = {
    ...terms,
    ...(canary && { canary, ...given('canaryMs', canaryMs), ...given('canaryWorker', worker) }),
  };
  const report = await asking(() => withProgress(flags, pool, () => pool.restart(request)));
  print(
    flags['json'] === true,
    report,
    () =>
      `Generation ${report.generation} serves, after ${duration(report.durationMs)}${lost(report)}`,
  );
  return EXIT.done;
}

/**
 * `sockpool resize`
 *
 * @throws {UsageError} when the operand is no number of workers
 */
export async function resize({ operands: [text = ''], flags }: Told): Promise<number> {
  if (!/^[+-]?\d{1,4}$/.test(text)) {
    throw new UsageError(`The number of workers must be such as 8, +1 or -1, got '${text}'`);
  }
  const terms = given('graceMs', integerFlag(flags, 'grace'));
  const pool = await target(flags);
  const relative = /^[+-]/.test(text);
  const before = relative ? (await asking(() => pool.status())).workerCount : 0;
  const report = await asking(() =>
    withProgress(flags, pool, () => pool.resize(before + Number(text), terms)),
  );
  print(
    flags['json'] === true,
    report,
    () => `${report.workers} workers instead of ${report.previousWorkers}${lost(report)}`,
  );
  return EXIT.done;
}

/** `sockpool pause` */
export async function pause({ flags }: Told): Promise<number> {
  const pool = await target(flags);
  const health = await asking(() => pool.pause());
  print(flags['json'] === true, health, () => 'Paused: new clients wait in the kernel');
  return EXIT.done;
}

/** `sockpool resume`: fails when the pool is not ready then. */
export async function resume({ flags }: Told): Promise<number> {
  const pool = await target(flags);
  const health = await asking(() => pool.resume());
  const { ok, reasons } = health.readiness;
  print(flags['json'] === true, health, () =>
    ok ? 'Accepting' : `Not ready: ${reasons.join('; ')}`,
  );
  return ok ? EXIT.done : EXIT.failed;
}

/** `sockpool stop` */
export async function stop({ flags }: Told): Promise<number> {
  const terms = {
    ...given('graceMs', integerFlag(flags, 'grace')),
    ...(flags['now'] === true && { now: true }),
  };
  const pool = await target(flags);
  const report = await asking(() => withProgress(flags, pool, () => pool.stop(terms)));
  print(
    flags['json'] === true,
    report,
    () =>
      `Stopped after ${duration(report.durationMs)}; connections served to their end: ${report.drainedConnections}${lost(report)}`,
  );
  return EXIT.done;
}

/** `sockpool upgrade` */
export async function upgrade({ flags }: Told): Promise<number> {
  const terms = {
    ...given('graceMs', integerFlag(flags, 'grace')),
    ...given('timeoutMs', integerFlag(flags, 'timeout')),
  };
  const pool = await target(flags);
  const { pid, report } = await asking(() => withProgress(flags, pool, () => pool.upgrade(terms)));
  print(
    flags['json'] === true,
    { pid, report },
    () => `A new primary serves, with process id ${pid}${lost(report)}`,
  );
  return EXIT.done;
}

/** `sockpool reload-tls` */
export async function reloadTls({ flags }: Told): Promise<number> {
  const pool = await target(flags);
  await asking(() => pool.reloadTls());
  print(flags['json'] === true, { done: true }, () => 'New connections get the new certificate');
  return EXIT.done;
}

/** Says how many connections it cost, if any. */
function lost({ cutConnections }: { readonly cutConnections: number }): string {
  return cutConnections > 0 ? `; connections cut: ${cutConnections}` : '';
}

/** A field that is only there when its flag is. */
function given<Name extends string>(
  name: Name,
  value: number | undefined,
): Readonly<Partial<Record<Name, number>>> {
  return (value === undefined ? {} : { [name]: value }) as Partial<Record<Name, number>>;
}
