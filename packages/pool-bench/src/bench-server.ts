import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { memoryOf, type Usage, usageOf } from './process-usage.ts';

/** A server program in processes of its own, so that its CPU time can be told from the client's. */
export class BenchServer implements AsyncDisposable {
  readonly port: number;
  /** Where its health is served, if it is. */
  readonly healthPort: number | undefined;
  /** From the start of the program until it listened, in milliseconds. */
  readonly startMs: number;
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    { port, healthPort }: Pick<BenchServer, 'port' | 'healthPort'>,
    startMs: number,
  ) {
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
    const startedAtMs = performance.now();
    const main = fileURLToPath(new URL(program, import.meta.url));
    const child = spawn(process.execPath, [main, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    for await (const line of createInterface(child.stdout)) {
      const { event, value } = JSON.parse(line) as {
        event: string;
        value: { address: AddressInfo; healthPort?: number };
      };
      if (event !== 'listening') continue;
      const { address, healthPort } = value;
      const startMs = performance.now() - startedAtMs;
      return new BenchServer(child, { port: address.port, healthPort }, startMs);
    }
    throw new Error(`The server program '${program}' ended before it listened`);
  }

  /** What the server has used so far, see {@link usageOf}. */
  usage(): Usage {
    return usageOf(this.#child.pid ?? 0);
  }

  /** The memory that it takes of the machine, see {@link memoryOf}. */
  memoryBytes(): number {
    return memoryOf(this.#child.pid ?? 0);
  }

  /** Closes it gracefully, as a service manager does. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}
