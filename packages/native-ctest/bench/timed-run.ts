import { compileFunction } from 'node:vm';

import type { Run } from './function-runs.ts';

/** Runs something for some milliseconds and returns ns of the processor per call. */
export type TimedRun = (forMs: number) => number | Promise<number>;

const CALLS = 500;
let serial = 0;

/** Returns a call whose code is compiled for it alone, as {@link timed} does it. */
export function direct(call: (...args: never[]) => unknown, args: string): Run {
  return compileFunction(`return function () { return call(${args}); } // ${serial++}`, ['call'])(
    call,
  ) as Run;
}

/**
 * Returns the measurement of a call, in a loop that is compiled for it alone: in a loop
 * that all share, V8 can inline none of them.
 */
export function timed(run: Run): TimedRun {
  const loop = compileFunction(
    `return function () { for (let i = 0; i < ${CALLS}; i++) run(); } // ${serial++}`,
    ['run'],
  )(run) as () => void;
  return (forMs) => {
    let calls = 0;
    const [start, startMs] = [process.threadCpuUsage(), performance.now()];
    do {
      loop();
      calls += CALLS;
    } while (performance.now() - startMs < forMs);
    // Of the processor, so that other programs count less.
    const { user, system } = process.threadCpuUsage(start);
    return ((user + system) * 1e3) / calls;
  };
}

/** Returns ns per call: the best of several rounds in turn, so that noise counts less. */
export async function best(
  runs: ReadonlyMap<string, TimedRun>,
  measureMs: number,
): Promise<ReadonlyMap<string, number>> {
  const ROUNDS = 12;
  const found = new Map<string, number>();
  for (const run of runs.values()) await run(measureMs / ROUNDS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of runs) {
      const ns = await run(measureMs / ROUNDS);
      found.set(name, Math.min(found.get(name) ?? Number.POSITIVE_INFINITY, ns));
    }
  }
  return found;
}
