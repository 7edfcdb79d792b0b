import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PoolStats } from '@sockpool/pool-core';
import { type Usage, usageOf } from './process-usage.ts';

/** A server program that obeys the commands of `commanded-server.ts`. */
export class CommandedProgram implements AsyncDisposable {
  readonly address: AddressInfo;
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess, lines: Interface, address: AddressInfo) {
    this.#child = child;
    this.#lines = lines;
    this.address = address;
  }

  /** Runs a program of this folder until it listens. */
  static async start(program: string, args: readonly string[]): Promise<CommandedProgram> {
    const main = fileURLToPath(new URL(program, import.meta.url));
    const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(child.stdout);
    const [line] = (await once(lines, 'line')) as [string];
    const { value } = JSON.parse(line) as { value: { address: AddressInfo } };
    return new CommandedProgram(child, lines, value.address);
  }

  /** The id of the program's process, the primary. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What the program has used so far, its workers included. */
  get usage(): Usage {
    return usageOf(this.#child.pid ?? 0);
  }

  /** Exchanges the workers. */
  async restart(): Promise<unknown> {
    return this.#ask('restart');
  }

  /** Changes the number of workers. */
  async resize(workers: number): Promise<void> {
    await this.#ask(`resize ${workers}`);
  }

  /** The stats of its pool. */
  async stats(): Promise<PoolStats> {
    return (await this.#ask('stats')) as PoolStats;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    // It waits for commands until there can be no more.
    this.#child.stdin?.end();
    this.#child.kill('SIGTERM');
    await exited;
  }

  async #ask(command: string): Promise<unknown> {
    const done = new AbortController();
    const answered = once(this.#lines, 'line', done) as Promise<[string]>;
    const ended = once(this.#child, 'exit', done).then(([code]): never => {
      throw new Error(`The program ended with exit code ${code} in place of '${command}'`);
    });
    // Whichever comes second is given up.
    void Promise.allSettled([answered, ended]);
    this.#child.stdin?.write(`${command}\n`);
    const [line] = await Promise.race([answered, ended]).finally(() => done.abort());
    const { result, failed } = JSON.parse(line) as { result?: unknown; failed?: string };
    if (failed !== undefined) throw new Error(failed);
    return result;
  }
}
