import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { requireDurationMs, requireKnownOptions, requireObject } from '@sockpool/option-checks';
import type { WantedAddress } from './listen-arguments.ts';
import { programUrl } from './program-handler.ts';

/** How {@link programAddresses} runs a program. */
export interface ProgramAddressesOptions {
  /**
   * How long the program may take to listen, in milliseconds.
   * @default 30_000
   */
  readonly timeoutMs?: number;
  /**
   * Its environment.
   * @default process.env
   */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * Node's own arguments for it.
   * @default process.execArgv
   */
  readonly execArgv?: readonly string[];
  /**
   * Its folder.
   * @default process.cwd()
   */
  readonly cwd?: string;
}

/** Where a program wants to listen, as `listen()` of a pool takes it, also in a list. */
export interface ProgramAddress {
  /** Undefined for a unix-domain socket. */
  readonly port?: number;
  /** `'::'` when the program names none: every address of the machine. */
  readonly host?: string;
  /** Path of a unix-domain socket. */
  readonly path?: string;
}

/** What the process that runs the program tells. */
export type ScoutReport =
  | { readonly addresses: readonly WantedAddress[] }
  | {
      readonly error: {
        readonly name: string;
        readonly message: string;
        readonly stack: string | undefined;
      };
    };

const DEFAULTS = Object.freeze({
  timeoutMs: 30_000,
  env: undefined,
  execArgv: undefined,
  cwd: undefined,
} satisfies Record<keyof ProgramAddressesOptions, unknown>);

/** Signals that end a process which does not listen to them. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const SCOUT = fileURLToPath(new URL('./scout-main.js', import.meta.url));

/**
 * Finds out where a program listens, by running it once in a process of its own, where its servers
 * listen nowhere. The process is killed as soon as it is known.
 *
 * @param program its `file:` URL or absolute path
 * @param options how it is run
 * @returns in the order of its calls of `listen()`; empty for a program that never calls it and
 *   exports an app
 * @throws {TypeError | RangeError} when `program` or an option is wrong
 * @throws {Error} what the program throws while it loads, or that it does not listen in time
 */
export async function programAddresses(
  program: string | URL,
  options: ProgramAddressesOptions = {},
): Promise<ProgramAddress[]> {
  const url = programUrl(program);
  requireObject('Options', options, '{ timeoutMs: 30_000 }');
  requireKnownOptions(options, DEFAULTS, { of: 'programAddresses()' });
  const timeoutMs = requireDurationMs('timeoutMs', options.timeoutMs ?? DEFAULTS.timeoutMs);
  const { env, execArgv, cwd } = options;
  const child = fork(SCOUT, [url], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...(env && { env }),
    ...(execArgv && { execArgv: [...execArgv] }),
    ...(cwd !== undefined && { cwd }),
  });
  const release = endWithThisProcess(child);
  try {
    const report = await reportOf(child, url, timeoutMs);
    if ('error' in report) throw Object.assign(new Error(report.error.message), report.error);
    return report.addresses.map((address) =>
      'path' in address ? address : { port: address.port, host: address.host ?? '::' },
    );
  } finally {
    release();
    child.kill('SIGKILL');
  }
}

/** A program that hangs as it loads does not see its parent go, and would run for ever. */
function endWithThisProcess(child: ChildProcess): () => void {
  const kill = (): void => void child.kill('SIGKILL');
  const onSignal = (signal: NodeJS.Signals): void => {
    kill();
    release();
    // As if nobody had listened.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const release = (): void => {
    process.off('exit', kill);
    for (const signal of ENDING) process.off(signal, onSignal);
  };
  process.on('exit', kill);
  for (const signal of ENDING) process.on(signal, onSignal);
  return release;
}

async function reportOf(child: ChildProcess, url: string, timeoutMs: number): Promise<ScoutReport> {
  const ended = new AbortController();
  const { signal } = ended;
  const name = `the program '${fileURLToPath(url)}'`;
  const timer = setTimeout(() => {
    ended.abort(new Error(`Cannot tell where ${name} listens: it does not within ${timeoutMs} ms`));
  }, timeoutMs);
  child.once('exit', (code, by) => {
    const how = by ?? `exit code ${code}`;
    ended.abort(new Error(`Cannot tell where ${name} listens: it ended by ${how} before it did`));
  });
  try {
    const [report] = (await once(child, 'message', { signal })) as [ScoutReport];
    return report;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
