import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { descendantsOf, memoryOf, type Usage, usageOf } from './process-usage.ts';

/** A program that does not listen by then never will. */
const START_LIMIT_MS = 60_000;

/** Where a program listens. */
interface Where {
  readonly port: number;
  readonly healthPort?: number | undefined;
}

/** How a program is run. */
export interface RunOptions {
  /** @default the bench's */
  readonly cwd?: string;
  /** Finds in a line of its output where it listens. @default by the lines that this package's programs print */
  readonly whereIn?: (line: string) => Where | undefined;
}

/** A server program in processes of its own, so that its CPU time can be told from the client's. */
export class BenchServer implements AsyncDisposable {
  readonly port: number;
  /** Where its health is served, if it is. */
  readonly healthPort: number | undefined;
  /** From the start of the program until it listened, in milliseconds. */
  readonly startMs: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, { port, healthPort }: Where, startMs: number) {
    this.#child = child;
    this.port = port;
    this.healthPort = healthPort;
    this.startMs = startMs;
  }

  /** Runs a program beside this file (or its parent folder) until it listens. */
  static async start(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<BenchServer> {
    const main = fileURLToPath(new URL(program, import.meta.url));
    return BenchServer.run(process.execPath, [main, ...args], env);
  }

  /** Runs a command until it prints where it listens. */
  static async run(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    { cwd, whereIn = whereInJson }: RunOptions = {},
  ): Promise<BenchServer> {
    if (isEnding) throw new Error('Interrupted');
    const startedAtMs = performance.now();
    const child = spawn(command, args, {
      ...(cwd !== undefined && { cwd }),
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    await once(child, 'spawn');
    const timer = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
    let where: Where | undefined;
    for await (const line of createInterface(child.stdout)) {
      where = whereIn(line);
      if (where !== undefined) break;
    }
    clearTimeout(timer);
    if (where === undefined) throw new Error(`'${command}' ended before it listened`);
    const startMs = performance.now() - startedAtMs;
    // What it prints from here on is dropped, so that it never waits for a reader.
    child.stdout.resume();
    return new BenchServer(child, where, startMs);
  }

  /** The id of the program's process. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What the server has used so far, see {@link usageOf}. */
  usage(): Usage {
    return usageOf(this.#child.pid ?? 0);
  }

  /** The memory that it takes of the machine, see {@link memoryOf}. */
  memoryBytes(): number {
    return memoryOf(this.#child.pid ?? 0);
  }

  /** Closes it gracefully, as a service manager does; what is left of it after 10 s, or after its end, is killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#child);
  }
}

const running = new Set<ChildProcess>();

let isEnding = false;

/** Ends all servers that run, and lets none start any more: the bench is interrupted. */
export async function endAllServers(): Promise<void> {
  isEnding = true;
  await Promise.all([...running].map(end));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const descendants = descendantsOf(child.pid ?? 0);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(timer);
  for (const each of descendants) {
    try {
      process.kill(each, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function whereInJson(line: string): Where | undefined {
  const { event, value } = JSON.parse(line) as {
    event: string;
    value: { address: AddressInfo; healthPort?: number };
  };
  return event === 'listening'
    ? { port: value.address.port, healthPort: value.healthPort }
    : undefined;
}
