import { fileURLToPath } from 'node:url';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import {
  checkZeroLoss,
  formatZeroLossReport,
  poolDisruptions,
  type ZeroLossReport,
} from '@sockpool/zero-loss';
import { handlerOfBench, type BenchedPool } from './pool-benchmarks.ts';

/** A server program that obeys `commanded-server.ts`. */
export class CommandedServer implements AsyncDisposable {
  readonly address: AddressInfo;
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess, lines: Interface, address: AddressInfo) {
    this.#child = child;
    this.#lines = lines;
    this.address = address;
  }

  static async start(program: string, args: readonly string[]): Promise<CommandedServer> {
    const main = fileURLToPath(new URL(program, import.meta.url));
    const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(child.stdout);
    const [line] = (await once(lines, 'line')) as [string];
    const { value } = JSON.parse(line) as { value: { address: AddressInfo } };
    return new CommandedServer(child, lines, value.address);
  }

  async restart(): Promise<void> {
    await this.#ask('restart');
  }

  async resize(workers: number): Promise<void> {
    await this.#ask(`resize ${workers}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }

  async #ask(command: string): Promise<void> {
    const answered = once(this.#lines, 'line');
    this.#child.stdin?.write(`${command}\n`);
    await answered;
  }
}

/** Restarts and resizes a pool 20 times each under load, and `node:cluster` for comparison. */
export async function benchZeroLoss(pool: BenchedPool): Promise<void> {
  const handler = handlerOfBench('echo');
  const options = JSON.stringify({ handler, workers: 2, ...pool.options });
  await print(pool.name, './restartable-pool-main.ts', [
    pool.moduleUrl,
    pool.className ?? pool.name,
    options,
  ]);
  await print('node:cluster, fork and disconnect', './restartable-cluster-main.ts', [handler, '2']);
}

async function print(name: string, program: string, args: readonly string[]): Promise<void> {
  await using server = await CommandedServer.start(program, args);
  const report: ZeroLossReport = await checkZeroLoss({
    address: server.address,
    disruptions: poolDisruptions(server),
  });
  console.log(`\n${name}\n${formatZeroLossReport(report)}`);
}
