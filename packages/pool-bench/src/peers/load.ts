import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { runLoad } from '@sockpool/load-client';
import { compiled } from './native-programs.ts';
import type { AppKind } from './peer-app.ts';

/** What clients do. */
export interface ClientPlan {
  readonly app: AppKind;
  /** How many connections are open at a time; all are opened at once. */
  readonly connections: number;
  /** How many requests all of them send together. */
  readonly requests: number;
  /** After how many requests a connection is closed and another one opened; 0 for never. @default 0 */
  readonly requestsPerConnection?: number;
  /** How long an echoed message is. @default 5 */
  readonly bytes?: number;
  /** Whether to speak TLS, and to resume sessions. @default false */
  readonly tls?: boolean | 'resumed';
  /** How long it may take. @default 60 */
  readonly seconds?: number;
  /** The one CPU that the clients may use. @default any */
  readonly cpu?: number;
}

/** What clients saw. */
export interface ClientReport {
  /** Requests with the right reply. */
  readonly right: number;
  /** Connections that were lost with a request on them. */
  readonly lost: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

const MESSAGE_BYTES = 5;

const running = new Set<ChildProcess>();

const interruption = new AbortController();

/** Ends all clients that run: the bench is interrupted. */
export function endAllClients(): void {
  interruption.abort();
  for (const child of running) child.kill('SIGKILL');
}

/** Clients in C that stay connected until they are let go. */
export class Clients implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #printed: Promise<string | undefined>;

  private constructor(child: ChildProcess, printed: Promise<string | undefined>) {
    this.#child = child;
    this.#printed = printed;
  }

  /**
   * Starts them.
   *
   * @throws {Error} when no C compiler is here
   */
  static async start(port: number, plan: ClientPlan, stay: boolean = true): Promise<Clients> {
    const program = await compiled('load-generator.c');
    if (program === undefined) throw new Error('Clients at once need a C compiler');
    const words = [
      port,
      plan.connections,
      plan.requests,
      plan.requestsPerConnection ?? 0,
      plan.app === 'echo' ? (plan.bytes ?? MESSAGE_BYTES) : 0,
      plan.seconds ?? 60,
      Number(stay),
    ].map(String);
    const [command = '', ...args] =
      plan.cpu === undefined
        ? [program, ...words]
        : ['taskset', '-c', `${plan.cpu}`, program, ...words];
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    // It reads its input only to see the end.
    child.stdin.on('error', () => undefined);
    await once(child, 'spawn');
    const lines = createInterface(child.stdout);
    const printed = Promise.race([
      once(lines, 'line').then(([line]) => line as string),
      once(child, 'close').then(() => undefined),
    ]);
    return new Clients(child, printed);
  }

  /**
   * Resolves with what they saw when all are served, or the time is over.
   *
   * @throws {Error} when a reply was wrong
   */
  async report(): Promise<ClientReport> {
    const line = await this.#printed;
    if (line === undefined) throw new Error('The clients ended without a report');
    return JSON.parse(line) as ClientReport;
  }

  /** Ends what they do, and waits until they are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await exited;
  }
}

/** Names the clients of a plan: those in C cost less, those of load-client speak TLS and need no compiler. */
export async function clientOf({ tls = false }: Pick<ClientPlan, 'tls'>): Promise<string> {
  if (tls !== false) return 'load-client';
  return (await compiled('load-generator.c')) === undefined ? 'load-client' : 'load-generator.c';
}

/** Runs clients until they are done. */
export async function load(port: number, plan: ClientPlan): Promise<ClientReport> {
  if ((await clientOf(plan)) === 'load-client') return byLoadClient(port, plan);
  await using clients = await Clients.start(port, plan, false);
  return await clients.report();
}

async function byLoadClient(port: number, plan: ClientPlan): Promise<ClientReport> {
  const { app, connections, requests, requestsPerConnection = 0, tls = false } = plan;
  const before = process.cpuUsage();
  const result = await runLoad({
    port,
    connections,
    totalRequests: requests,
    signal: interruption.signal,
    replyTimeoutMs: (plan.seconds ?? 60) * 1_000,
    ...(requestsPerConnection > 0 && { requestsPerConnection }),
    ...(tls !== false && { tls: { rejectUnauthorized: false, resume: tls === 'resumed' } }),
    ...(app === 'echo'
      ? { messages: ['a'.repeat(plan.bytes ?? MESSAGE_BYTES)] }
      : { http: { requests: ['GET /'] } }),
  });
  const { user, system } = process.cpuUsage(before);
  const { latency } = result;
  return {
    right: result.requests.right,
    lost: result.requests.failed,
    seconds: result.durationMs / 1_000,
    cpuSeconds: (user + system) / 1e6,
    p50Ms: latency.p50Ms,
    p99Ms: latency.p99Ms,
    p999Ms: latency.p999Ms,
    maxMs: latency.maxMs,
  };
}
