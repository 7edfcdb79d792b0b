import { readFileSync } from 'node:fs';

/** What the scheduler says of a thread, since its start, and of the machine. */
export interface SchedulerFigures {
  /** For how long the thread was ready to run and had no processor, in milliseconds. */
  readonly waitedMs: number;
  /** How often it got a processor. */
  readonly slices: number;
  /** For how long some thread of the machine, or of the container, waited for a processor, in milliseconds; null where the kernel doesn't say. */
  readonly pressureMs: number | null;
}

/** Where Linux tells the figures of the thread that reads it, and of the machine. */
const THREAD_FILE = '/proc/thread-self/schedstat';
const PRESSURE_FILE = '/proc/pressure/cpu';

/** Reads `schedstat` of a task: the times of running and of waiting in nanoseconds, and the slices. */
export function parseSchedstat(
  text: string,
): Pick<SchedulerFigures, 'waitedMs' | 'slices'> | undefined {
  const [, waited, slices] = /^\d+ (\d+) (\d+)\s*$/.exec(text) ?? [];
  if (waited === undefined || slices === undefined) return undefined;
  return { waitedMs: Number(waited) / 1e6, slices: Number(slices) };
}

/** Reads the total of the line `some` of a file of pressure stall information, in milliseconds. */
export function parsePressure(text: string): number | undefined {
  const total = /^some .*\btotal=(\d+)/m.exec(text)?.[1];
  return total === undefined ? undefined : Number(total) / 1000;
}

/** Files of /proc that are not there, or not for us, are no error: the figure is not known then. */
function readProc(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Reads the figures of the calling thread; undefined where the system has none. */
export function readSchedulerFigures(): SchedulerFigures | undefined {
  if (process.platform !== 'linux') return undefined;
  const thread = parseSchedstat(readProc(THREAD_FILE));
  if (thread === undefined) return undefined;
  return { ...thread, pressureMs: parsePressure(readProc(PRESSURE_FILE)) ?? null };
}
