import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Clock ticks a second in /proc (`getconf CLK_TCK`; 100 on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

/** What a server uses, its child processes included. */
export interface Usage {
  /** CPU time, user and system, in seconds. */
  readonly cpuSeconds: number;
  /** Resident memory, in bytes. */
  readonly rssBytes: number;
}

/** A server program in processes of its own, so that its CPU time can be told from the client's. */
export class BenchServer implements AsyncDisposable {
  readonly port: number;
  /** From the start of the program until it listened, in milliseconds. */
  readonly startMs: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, startMs: number) {
    this.#child = child;
    this.port = port;
    this.startMs = startMs;
  }

  /** Runs a program beside this file (or its parent folder) until it listens. */
  static async start(program: string, args: readonly string[]): Promise<BenchServer> {
    const startedAtMs = performance.now();
    const main = fileURLToPath(new URL(program, import.meta.url));
    const child = spawn(process.execPath, [main, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface(child.stdout)) {
      const { event, value } = JSON.parse(line) as {
        event: string;
        value: { address: AddressInfo };
      };
      if (event !== 'listening') continue;
      return new BenchServer(child, value.address.port, performance.now() - startedAtMs);
    }
    throw new Error(`The server program '${program}' ended before it listened`);
  }

  /** What the server has used so far. Linux only: it reads /proc. */
  usage(): Usage {
    let ticks = 0;
    let pages = 0;
    for (const pid of this.#pids()) {
      const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) /);
      const values = fields.split(' ').map(Number);
      // Fields 14, 15 and 24 of proc_pid_stat(5), counted from the third, the state.
      ticks += (values[11] ?? 0) + (values[12] ?? 0);
      pages += values[21] ?? 0;
    }
    return { cpuSeconds: ticks / TICKS_PER_SECOND, rssBytes: pages * PAGE_BYTES };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }

  #pids(): number[] {
    const own = this.#child.pid ?? 0;
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid === own || (pid > 0 && parentOf(pid) === own));
  }
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined; // it has just ended
  }
}
