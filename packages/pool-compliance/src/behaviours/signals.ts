import { describe, expect, test } from 'vitest';
import type { CloseReport } from '@sockpool/worker-supervisor';
import { LineClient } from '../line-client.ts';
import { servePool } from '../pool-program.ts';
import type { PoolKind } from '../pool-under-test.ts';

/** What a pool does when its program gets a signal, or dies. */
export function describeSignals(kind: PoolKind): void {
  describe(`${kind.name} signals`, () => {
    test.each(['SIGTERM', 'SIGINT'] as const)(
      '%s closes gracefully: clients who wait are served, and the program ends with exit code 0',
      async (signal) => {
        const program = await servePool(kind, { workers: 3, maxConnectionsPerWorker: 1 });
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
      const program = await servePool(kind, { shutdown: { graceMs: 60_000 } });
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
      const program = await servePool(kind, { workers: 3 });
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
