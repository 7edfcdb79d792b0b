import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a crowd does, see `crowd-main.ts`. */
export type CrowdKind = 'idle' | 'insistent' | 'slow';

/** What a crowd saw so far. */
export interface CrowdCounts {
  /** Connections that were established. */
  readonly opened: number;
  /** Those that could not be. */
  readonly failed: number;
  /** Those that got a reply to what they said. */
  readonly replies: number;
  /** Those that the server ended without a reply. */
  readonly cut: number;
  /** Those that are open, or being opened. */
  readonly open: number;
}

/** Clients in a process of their own, so that they do not disturb those that measure. */
export class Crowd implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines;
  }

  /** Sends a crowd; resolves when each of its clients has been connected once. */
  static async send(kind: CrowdKind, { port }: AddressInfo, clients: number): Promise<Crowd> {
    const main = fileURLToPath(new URL('./crowd-main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, kind, String(port), String(clients)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface(child.stdout);
    await once(lines, 'line');
    return new Crowd(child, lines);
  }

  /** What it has seen so far. */
  async counts(): Promise<CrowdCounts> {
    return this.#ask('counts');
  }

  /** Lets no client come again, and resolves when the last one has gone by itself or been cut. */
  async leave(): Promise<CrowdCounts> {
    return this.#ask('leave');
  }

  /** Ends all connections at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await exited;
  }

  async #ask(command: string): Promise<CrowdCounts> {
    const answered = once(this.#lines, 'line') as Promise<[string]>;
    this.#child.stdin?.write(`${command}\n`);
    const [line] = await answered;
    return JSON.parse(line) as CrowdCounts;
  }
}
