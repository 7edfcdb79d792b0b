import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc (`getconf CLK_TCK`; 100 on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

/** What a program uses, its child processes included. */
export interface Usage {
  /** CPU time, user and system, in seconds. */
  readonly cpuSeconds: number;
  /** Resident memory, in bytes; pages that processes share are counted for each. */
  readonly rssBytes: number;
}

/** Sums what a process and its children have used so far. Linux only: it reads /proc. */
export function usageOf(pid: number): Usage {
  let ticks = 0;
  let pages = 0;
  for (const each of [pid, ...childrenOf(pid)]) {
    const [, fields = ''] = readFileSync(`/proc/${each}/stat`, 'utf8').split(/\) /);
    const values = fields.split(' ').map(Number);
    // Fields 14, 15 and 24 of proc_pid_stat(5), counted from the third, the state.
    ticks += (values[11] ?? 0) + (values[12] ?? 0);
    pages += values[21] ?? 0;
  }
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssBytes: pages * PAGE_BYTES };
}

/**
 * Sums the memory that a process and its children take of the machine, in bytes: pages that
 * processes share are counted once (`Pss` of proc_pid_smaps_rollup(5)). Linux only.
 */
export function memoryOf(pid: number): number {
  const kibibytes = [pid, ...childrenOf(pid)].map((each) =>
    Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))?.[1]),
  );
  return kibibytes.reduce((sum, size) => sum + size * 1_024, 0);
}

/** The resident memory of one process, in bytes. Linux only. */
export function residentBytesOf(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return pages * PAGE_BYTES;
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((each) => each > 0 && parentOf(each) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined; // it has just ended
  }
}
