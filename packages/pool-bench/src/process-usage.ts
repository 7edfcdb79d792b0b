import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc (`getconf CLK_TCK`; 100 on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

/** What a program uses, all that descends from it included. */
export interface Usage {
  /** CPU time, user and system, in seconds. */
  readonly cpuSeconds: number;
  /** Resident memory, in bytes; pages that processes share are counted for each. */
  readonly rssBytes: number;
}

/** Sums what a process and all that descend from it have used so far. Linux only: it reads /proc. */
export function usageOf(pid: number): Usage {
  let ticks = 0;
  let pages = 0;
  for (const each of [pid, ...descendantsOf(pid)]) {
    const values = statOf(`${each}`);
    ticks += ticksIn(values);
    pages += values[21] ?? 0;
  }
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssBytes: pages * PAGE_BYTES };
}

/** The CPU time of a process's main thread so far, in seconds. Linux only. */
export function mainThreadSecondsOf(pid: number): number {
  return ticksIn(statOf(`${pid}/task/${pid}`)) / TICKS_PER_SECOND;
}

/**
 * Sums the memory that a process and its descendants take of the machine, in bytes: pages that
 * processes share are counted once (`Pss` of proc_pid_smaps_rollup(5)). Linux only.
 */
export function memoryOf(pid: number): number {
  const kibibytes = [pid, ...descendantsOf(pid)].map((each) =>
    Number(/^Pss:\s+(\d+) kB$/m.exec(read(`${each}/smaps_rollup`))?.[1] ?? 0),
  );
  return kibibytes.reduce((sum, size) => sum + size * 1_024, 0);
}

/** The resident memory of one process, in bytes. Linux only. */
export function residentBytesOf(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return pages * PAGE_BYTES;
}

/** The processes that descend from one. Linux only. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const each of readdirSync('/proc').map(Number)) {
    if (each > 0) parents.set(each, statOf(`${each}`)[1] ?? 0);
  }
  const found = [pid];
  // The list grows while it is walked.
  for (const ancestor of found) {
    for (const [each, parent] of parents) if (parent === ancestor) found.push(each);
  }
  return found.slice(1);
}

/** The fields of proc_pid_stat(5) from the third on, the state; none of a process that has ended. */
function statOf(path: string): number[] {
  const text = read(`${path}/stat`);
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

/** User and system time: the fields 14 and 15. */
function ticksIn(stat: readonly number[]): number {
  return (stat[11] ?? 0) + (stat[12] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return ''; // it has just ended
    throw error;
  }
}
