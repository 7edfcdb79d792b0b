import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What the workers are. */
export type WorkerKind = 'processes' | 'threads';

/** The built command. */
const COMMAND = fileURLToPath(new URL('./cli.js', import.meta.resolve('sockpool')));

const run = promisify(execFile);

/** A program that `sockpool serve` runs, on a free port. */
export class ServedProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  /** What the command and the program have told, for when something goes wrong. */
  output = '';
  port = 0;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.output += chunk;
      });
    }
  }

  /**
   * Serves a program until it is disposed.
   *
   * @param file its path
   * @param kind what the workers are
   * @param cwd where the command runs
   * @param env more variables
   * @throws {Error} when it does not come to serve, with what was told
   */
  static async start(
    file: string,
    kind: WorkerKind,
    cwd: string,
    env: Readonly<Record<string, string>>,
  ): Promise<ServedProgram> {
    const folder = await mkdtemp(join(tmpdir(), 'frameworks-'));
    const config = fileURLToPath(new URL('../sockpool.config.ts', import.meta.url));
    const args = [
      COMMAND,
      'serve',
      file,
      '--port',
      '0',
      '--workers',
      '2',
      `--${kind}`,
      '--config',
      config,
    ];
    const child = spawn(process.execPath, [...args, '--socket', join(folder, 'control.sock')], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const served = new ServedProgram(child, folder);
    await served.#listening();
    return served;
  }

  /** Runs `sockpool restart`; rejects unless its exit code is 0. */
  async restart(): Promise<void> {
    const socket = join(this.#folder, 'control.sock');
    await run(process.execPath, [COMMAND, 'restart', '--socket', socket]);
  }

  /** Stops the command; resolves when it has ended, to its exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #listening(): Promise<void> {
    for (;;) {
      const [, port] = /serves on \S*:(\d+) /.exec(this.output) ?? [];
      if (port !== undefined) {
        this.port = Number(port);
        return;
      }
      if (this.#child.exitCode !== null) throw new Error(`It does not serve: ${this.output}`);
      await Promise.race([once(this.#child.stderr!, 'data'), once(this.#child, 'exit')]);
    }
  }
}
