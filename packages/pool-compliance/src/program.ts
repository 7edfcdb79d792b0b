import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ListenOptions, PoolOptions } from '@sockpool/pool-core';
import { moduleUrl } from './module-url.ts';
import { handlerUrl, type PoolKind } from './pool-under-test.ts';

/** A program with a pool in it, in a process of its own. */
export interface StartedProgram {
  readonly child: ChildProcess;
  /** Waits for the next printed line of that event, by this program or one that it started. */
  readonly event: (name: string) => Promise<unknown>;
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
}

/** A program whose pool listens. */
export interface Program extends StartedProgram {
  readonly address: AddressInfo;
  /** The same, and where else it listens. */
  readonly addresses: readonly AddressInfo[];
  /** Where its health is served, if it is. */
  readonly healthPort: number | undefined;
  readonly workers: readonly number[];
}

/** How a program is started. */
export interface StartOptions {
  /** How many file descriptors each of its processes may have open. @default as many as this one */
  readonly descriptors?: number | undefined;
  /** What stands for its standard error. @default 'inherit' */
  readonly stderr?: 'inherit' | 'pipe' | number;
  /** Whether the pool logs to standard error, as it does by itself, instead of printing events. @default false */
  readonly logsToStderr?: boolean;
  /** Whether it serves its pool's health. @default false */
  readonly servesHealth?: boolean;
  /** Whether it leads a process group of its own, as a terminal's or a service manager's does. @default false */
  readonly leadsGroup?: boolean;
  /** Where it listens. @default a free port */
  readonly listen?: ListenOptions | readonly ListenOptions[];
  /**
   * What it has in its environment besides what this one has.
   * @default nothing more
   */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts `serve-main.ts` with a pool; it ends with the test.
 *
 * @param kind the kind of pool
 * @param options the pool's options, as far as JSON has them
 */
export function start(
  kind: PoolKind,
  options: Partial<PoolOptions> = {},
  {
    descriptors,
    stderr = 'inherit',
    logsToStderr = false,
    servesHealth = false,
    leadsGroup = false,
    listen = {},
    env = {},
  }: StartOptions = {},
): StartedProgram {
  const main = fileURLToPath(moduleUrl('serve-main'));
  const handler = handlerUrl('commands').href;
  const limit = descriptors === undefined ? '' : `ulimit -n ${descriptors};`;
  const child = spawn(
    'sh',
    [
      '-c',
      `${limit} exec "$0" "$@"`,
      process.execPath,
      main,
      kind.moduleUrl,
      kind.Pool.name,
      // Workers start late on a busy machine.
      JSON.stringify({
        handler,
        workers: 2,
        bootTimeoutMs: 60_000,
        ...kind.options,
        ...options,
      }),
      JSON.stringify(listen),
    ],
    {
      stdio: ['ignore', 'pipe', stderr],
      detached: leadsGroup,
      env: {
        ...process.env,
        ...env,
        SOCKPOOL_TEST_LOG: logsToStderr ? 'stderr' : 'events',
        SOCKPOOL_TEST_HEALTH: servesHealth ? '1' : '0',
      },
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit') as StartedProgram['ended'];
  const lines = createInterface(child.stdout as Readable)[Symbol.asyncIterator]();
  const early: { event: string; value: unknown }[] = [];
  const event: StartedProgram['event'] = async (name) => {
    const at = early.findIndex((printed) => printed.event === name);
    if (at >= 0) return early.splice(at, 1)[0]?.value;
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`The program ended before it printed '${name}'`);
      const printed = JSON.parse(value) as { event: string; value: unknown };
      if (printed.event === name) return printed.value;
      early.push(printed);
    }
  };
  return { child, event, ended };
}

/**
 * Starts `serve-main.ts` and waits until its pool listens; it ends with the test.
 *
 * @param kind the kind of pool
 * @param options the pool's options, as far as JSON has them
 * @param how how the program is started
 */
export async function serve(
  kind: PoolKind,
  options: Partial<PoolOptions> = {},
  how: StartOptions = {},
): Promise<Program> {
  return listening(start(kind, options, how));
}

/** Waits until the pool of a program listens. */
export async function listening(program: StartedProgram): Promise<Program> {
  const told = (await program.event('listening')) as Omit<Program, keyof StartedProgram>;
  return { ...program, ...told };
}
