import { fileURLToPath } from 'node:url';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import {
  checkZeroLoss,
  formatZeroLossReport,
  poolDisruptions,
  type ZeroLossOptions,
} from '@sockpool/zero-loss';
import { handlerOfBench, type BenchedPool } from './pool-benchmarks.ts';

/** A server program that obeys `commanded-server.ts`. */
class CommandedServer implements AsyncDisposable {
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

/** What is said to the server, and how long its clients stay. */
interface Conversation {
  readonly name: string;
  readonly handler: string;
  readonly clusterHandler: string;
  readonly load: Pick<ZeroLossOptions, 'held' | 'workload'>;
}

const CONVERSATIONS: readonly Conversation[] = [
  {
    name: 'Echo',
    handler: handlerOfBench('echo'),
    clusterHandler: handlerOfBench('echo'),
    load: {},
  },
  {
    name: 'HTTP keep-alive through Fastify',
    handler: new URL('../handlers/hosted-fastify.ts', import.meta.url).href,
    clusterHandler: 'fastify',
    load: {
      held: { requestsPerConnection: Infinity },
      workload: { http: { requests: ['GET /hello/world'], expectBody: '{"hello":"world"}' } },
    },
  },
];

/** Restarts and resizes pools 20 times each under load, and `node:cluster` for comparison. */
export async function benchZeroLoss(pools: readonly BenchedPool[]): Promise<void> {
  for (const { name, handler, clusterHandler, load } of CONVERSATIONS) {
    console.log(`\n${name}: 20 restarts and 20 resizes under load`);
    for (const pool of pools) {
      const options = JSON.stringify({ handler, workers: 2, ...pool.options });
      const args = [pool.moduleUrl, pool.className ?? pool.name, options];
      await disturb(pool.name, './restartable-pool-main.ts', args, load);
    }
    const args = [clusterHandler, '2'];
    await disturb('node:cluster, fork and disconnect', './restartable-cluster-main.ts', args, load);
  }
}

async function disturb(
  name: string,
  program: string,
  args: readonly string[],
  load: Conversation['load'],
): Promise<void> {
  await using server = await CommandedServer.start(program, args);
  const report = await checkZeroLoss({
    ...load,
    address: server.address,
    disruptions: poolDisruptions(server),
  });
  console.log(`\n${name}\n${formatZeroLossReport(report)}`);
}
