import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import type { TimedRun } from './timed-run.ts';

/** Python beside us, which measures a call through ctypes whenever it is asked. */
export class CtypesProcess implements AsyncDisposable {
  readonly #python: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(libraryPath: string) {
    const script = fileURLToPath(new URL('ctypes-bench.py', import.meta.url));
    this.#python = spawn('python3', ['-u', script, libraryPath], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface(this.#python.stdout)[Symbol.asyncIterator]();
  }

  /** Starts it, if there is a python3 with ctypes. */
  static start(libraryPath: string): CtypesProcess | undefined {
    const python = spawnSync('python3', ['-c', 'import ctypes'], { stdio: 'ignore' });
    return python.status === 0 ? new CtypesProcess(libraryPath) : undefined;
  }

  /** Returns the measurement of a function. */
  timed(name: string): TimedRun {
    return async (forMs) => {
      this.#python.stdin.write(`${JSON.stringify([name, forMs])}\n`);
      const line = await this.#lines.next();
      if (line.done === true) throw new Error('python3 has ended');
      return Number(line.value);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#python.stdin.end();
    if (this.#python.exitCode === null) await once(this.#python, 'exit');
  }
}
