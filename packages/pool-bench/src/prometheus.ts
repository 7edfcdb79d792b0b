import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** One series of an answer. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

/** A Prometheus that scrapes one address every second, on this machine alone. */
export class Prometheus implements AsyncDisposable {
  readonly #program: ChildProcess;
  readonly #folder: string;
  readonly #port: number;

  private constructor(program: ChildProcess, folder: string, port: number) {
    this.#program = program;
    this.#folder = folder;
    this.#port = port;
  }

  /**
   * Starts Debian's `prometheus`.
   *
   * @param target where it scrapes
   * @returns when it answers
   */
  static async start(target: AddressInfo): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
    const config = join(folder, 'prometheus.yml');
    await writeFile(
      config,
      'global: { scrape_interval: 1s, scrape_timeout: 1s }\n' +
        'scrape_configs:\n' +
        `  - { job_name: pool, static_configs: [{ targets: ['127.0.0.1:${target.port}'] }] }\n`,
    );
    const port = await freePort();
    const program = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await once(program, 'spawn');
    const prometheus = new Prometheus(program, folder, port);
    while (!(await prometheus.#ready())) await pause(100);
    return prometheus;
  }

  /** Evaluates an expression now. */
  query(expression: string): Promise<readonly QueriedSeries[]> {
    return this.#ask<QueriedSeries>(expression);
  }

  async #ask<Series>(expression: string): Promise<readonly Series[]> {
    const url = `http://127.0.0.1:${this.#port}/api/v1/query?query=${encodeURIComponent(expression)}`;
    const answer = (await (await fetch(url)).json()) as {
      readonly status: string;
      readonly error?: string;
      readonly data: { readonly result: readonly Series[] };
    };
    if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`);
    return answer.data.result;
  }

  /** Gives every value that one series had. */
  async values(range: string): Promise<readonly number[]> {
    const [series] = await this.#ask<{ readonly values: readonly (readonly [number, string])[] }>(
      range,
    );
    return (series?.values ?? []).map(([, value]) => Number(value));
  }

  /** Ends it and removes what it has stored. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#program, 'exit');
    this.#program.kill();
    await ended;
    await rm(this.#folder, { recursive: true });
  }

  async #ready(): Promise<boolean> {
    if (this.#program.exitCode !== null) throw new Error('prometheus has ended');
    try {
      return (await fetch(`http://127.0.0.1:${this.#port}/-/ready`)).ok;
    } catch {
      return false;
    }
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
