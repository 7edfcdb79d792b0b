import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CloseReport, PoolOptions } from '@sockpool/worker-supervisor';
import { LineClient } from '../line-client.ts';
import { handlerUrl, type PoolKind } from '../pool-under-test.ts';

interface Program {
  readonly child: ChildProcess;
  readonly address: AddressInfo;
  readonly workers: readonly number[];
  /** Waits for the next printed line of that event. */
  readonly event: (name: string) => Promise<unknown>;
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
}

async function serve(kind: PoolKind, options: Partial<PoolOptions> = {}): Promise<Program> {
  const main = fileURLToPath(new URL('../serve-main.ts', import.meta.url));
  const handler = handlerUrl('commands').href;
  const child = spawn(
    process.execPath,
    [
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
  const event: Program['event'] = async (name) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`The program ended before it printed '${name}'`);
      const printed = JSON.parse(value) as { event: string; value: unknown };
      if (printed.event === name) return printed.value;
    }
  };
  const { address, workers } = (await event('listening')) as Pick<Program, 'address' | 'workers'>;
  return { child, address, workers, event, ended };
}

/** What a pool does when its program gets a signal, or dies. */
export function describeSignals(kind: PoolKind): void {
  describe(`${kind.name} signals`, () => {
    test.each(['SIGTERM', 'SIGINT'] as const)(
      '%s closes gracefully: clients who wait are served, and the program ends with exit code 0',
      async (signal) => {
        const program = await serve(kind, { workers: 3, maxConnectionsPerWorker: 1 });
        const clients = await Promise.all(
          Array.from({ length: 30 }, () => LineClient.connect(program.address)),
        );
        const served = clients.map(async (client) => [
          await client.ask('echo bye'),
          (await client.end()).errorCode,
        ]);
        program.child.kill(signal);
        expect(await Promise.all(served)).toEqual(clients.map(() => ['BYE', undefined]));
        const report = (await program.event('closed')) as CloseReport;
        expect(report.cutConnections).toBe(0);
        expect(await program.ended).toEqual([0, null]);
      },
    );

    test('a second signal destroys the pool', async () => {
      const program = await serve(kind, { shutdown: { graceMs: 60_000 } });
      const client = await LineClient.connect(program.address);
      await client.ask('echo open');
      program.child.kill('SIGTERM');
      await program.event('closing');
      program.child.kill('SIGTERM');
      expect(await program.event('closed')).toMatchObject({ cutConnections: 1 });
      await client.ended;
      expect(await program.ended).toEqual([0, null]);
    });

    test('no worker outlives a program that is killed', async () => {
      const program = await serve(kind, { workers: 3 });
      const client = await LineClient.connect(program.address);
      expect(await client.ask('echo open')).toBe('OPEN');
      program.child.kill('SIGKILL');
      await program.ended;
      await client.ended;
      // Each worker holds the listening socket, so the port tells that all of them are gone.
      await expect
        .poll(async () => (await LineClient.start(program.address).ended).errorCode)
        .toBe('ECONNREFUSED');
    });
  });
}
