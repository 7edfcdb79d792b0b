import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { PoolOptions } from '@sockpool/worker-supervisor';
import { handlerUrl, type PoolKind } from './pool-under-test.ts';

/** A program with a pool in it, in a process of its own. */
export interface Program {
  readonly child: ChildProcess;
  readonly address: AddressInfo;
  readonly workers: readonly number[];
  /** Waits for the next printed line of that event, by this program or one that it started. */
  readonly event: (name: string) => Promise<unknown>;
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
}

/**
 * Starts `serve-main.ts` with a pool that listens; it ends with the test.
 *
 * @param kind the kind of pool
 * @param options the pool's options, as far as JSON has them
 * @param descriptors how many file descriptors each of its processes may have open, if not as many as this one
 */
export async function serve(
  kind: PoolKind,
  options: Partial<PoolOptions> = {},
  descriptors?: number,
): Promise<Program> {
  const main = fileURLToPath(new URL('./serve-main.ts', import.meta.url));
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
      JSON.stringify({ handler, workers: 2, ...kind.options, ...options }),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit') as Program['ended'];
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const early: { event: string; value: unknown }[] = [];
  const event: Program['event'] = async (name) => {
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
  const { address, workers } = (await event('listening')) as Pick<Program, 'address' | 'workers'>;
  return { child, address, workers, event, ended };
}
