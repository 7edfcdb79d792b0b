import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { PoolOptions } from '@sockpool/worker-supervisor';
import { handlerUrl, type PoolKind } from './pool-under-test.ts';

/** A program with a pool in it, running. */
export interface PoolProgram {
  readonly child: ChildProcess;
  readonly address: AddressInfo;
  readonly workers: readonly number[];
  /** Waits for the next printed line of that event. */
  readonly event: (name: string) => Promise<unknown>;
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
}

/**
 * Runs `serve-main.ts` until its pool listens; it goes with the test.
 *
 * @param kind the kind of pool
 * @param options the pool's options, as far as JSON has them
 * @param descriptors how many file descriptors each of its processes may have open
 */
export async function servePool(
  kind: PoolKind,
  options: Partial<PoolOptions> = {},
  descriptors?: number,
): Promise<PoolProgram> {
  const main = fileURLToPath(new URL('./serve-main.ts', import.meta.url));
  const handler = handlerUrl('commands').href;
  const args = [
    main,
    kind.moduleUrl,
    kind.Pool.name,
    JSON.stringify({ handler, workers: 2, ...kind.options, ...options }),
  ];
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child =
    descriptors === undefined
      ? spawn(process.execPath, args, { stdio: [...stdio] })
      : spawn('sh', ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath, ...args], {
          stdio: [...stdio],
        });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit') as PoolProgram['ended'];
  const { stdout } = child;
  if (stdout === null) throw new TypeError('The program has no output to read');
  const lines = createInterface(stdout)[Symbol.asyncIterator]();
  const event: PoolProgram['event'] = async (name) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`The program ended before it printed '${name}'`);
      const printed = JSON.parse(value) as { event: string; value: unknown };
      if (printed.event === name) return printed.value;
    }
  };
  const { address, workers } = (await event('listening')) as Pick<
    PoolProgram,
    'address' | 'workers'
  >;
  return { child, address, workers, event, ended };
}
