import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { DEPLOY, folderWith, SOCKPOOL } from './deploy-files.ts';

/** Where a server of the shop is. */
export interface ShopAddress {
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number;
}

/** The deployed program, run by the command with the deployed configuration. */
export class ShopServer {
  readonly #child: ChildProcess;
  #told = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#told += chunk;
    });
    child.stdout?.resume();
  }

  /** Starts it; resolves when it serves. It is killed with the test. */
  static async start(
    { host, port, metricsPort }: ShopAddress,
    kind: 'processes' | 'threads',
    env: Readonly<Record<string, string>>,
    onFinished: (end: () => Promise<void>) => void,
  ): Promise<ShopServer> {
    const runtime = await folderWith({}, onFinished as never);
    const args = [
      'serve',
      `--${kind}`,
      '--workers=2',
      `--host=${host}`,
      `--port=${port}`,
      `--health-host=${host}`,
      `--metrics-port=${metricsPort}`,
    ];
    const child = spawn(process.execPath, [SOCKPOOL, ...args], {
      cwd: path.join(DEPLOY, 'app'),
      env: { ...process.env, ...env, XDG_RUNTIME_DIR: runtime },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new ShopServer(child);
    onFinished(async () => {
      child.kill('SIGKILL');
      await server.#ended();
    });
    await server.#tells('serves on');
    return server;
  }

  /** Restarts its workers, as `systemctl reload` does; resolves when the old ones are gone. */
  async restart(generation: number): Promise<void> {
    this.#child.kill('SIGHUP');
    await this.#tells(`Restart ${generation} is done`);
  }

  /** Ends it by SIGTERM. @returns its exit code, and what it has told on standard error */
  async stop(): Promise<readonly [code: number | null, told: string]> {
    this.#child.kill('SIGTERM');
    await this.#ended();
    return [this.#child.exitCode, this.#told];
  }

  #tells(words: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.#told.includes(words)) resolve();
      else if (this.#child.exitCode !== null) reject(new Error(`It has ended: ${this.#told}`));
    };
    this.#child.stderr?.on('data', look);
    this.#child.on('close', look);
    look();
    return promise.finally(() => {
      this.#child.stderr?.off('data', look);
      this.#child.off('close', look);
    });
  }

  async #ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      await once(this.#child, 'exit');
  }
}
