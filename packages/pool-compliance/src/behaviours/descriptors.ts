import { describe, expect, onTestFinished, test } from 'vitest';
import { LineClient } from '../line-client.ts';
import type { PoolKind } from '../pool-under-test.ts';
import { serve } from '../program.ts';

/** What a pool does when file descriptors run out. */
export function describeDescriptors(kind: PoolKind): void {
  describe.skipIf(process.platform === 'win32')(`${kind.name} without file descriptors`, () => {
    test('says so, closes nobody, and serves those who wait when there are some again', async () => {
      const program = await serve(
        kind,
        // Where the primary accepts, those who wait in its queue use them up.
        kind.workersAccept === true
          ? {}
          : { maxConnectionsPerWorker: 10, overload: { policy: 'reject', queueTimeoutMs: 60_000 } },
        100,
      );
      const clients = await Promise.all(
        Array.from({ length: 300 }, () => LineClient.connect(program.address)),
      );
      for (const client of clients) onTestFinished(() => client[Symbol.asyncDispose]());
      const replies = clients.map((client) => client.ask('echo served'));
      expect(await program.event('warn')).toMatch(/hardly any file descriptors left/);
      if (kind.workersAccept !== true) {
        expect(await program.event('acceptError')).toBe('ERR_DESCRIPTORS_EXHAUSTED');
      }
      const outcomes = await Promise.all(
        clients.map(async (client, index) => {
          const reply = await replies[index];
          return `${reply} ${(await client.end()).errorCode}`;
        }),
      );
      expect(outcomes).toEqual(clients.map(() => 'SERVED undefined'));
      program.child.kill('SIGTERM');
      expect(await program.event('closed')).toMatchObject({ cutConnections: 0 });
      expect(await program.ended).toEqual([0, null]);
    });
  });
}
