import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LineClient } from '../../clients/line-client.ts';
import type { PoolKind } from '../../pool-under-test.ts';
import { serve } from '../../program.ts';

/** What a pool does when file descriptors run out. */
export function describeDescriptors(kind: PoolKind): void {
  describe.skipIf(process.platform === 'win32')(`${kind.name} without file descriptors`, () => {
    test('keeps its workers and their clients when handlers have taken the last one, and serves new ones when there are some again', async () => {
      const program = await serve(kind, { workers: 1 }, { descriptors: 120 });
      const connect = async (): Promise<LineClient> => {
        const client = await LineClient.connect(program.address);
        onTestFinished(() => client[Symbol.asyncDispose]());
        return client;
      };
      const [hoarder, other] = [await connect(), await connect()];
      const native = await other.ask('native');
      expect(await hoarder.ask('hoard')).toBe('EMFILE');
      // Where another process accepts, it finds out by the first connection.
      const { acceptsInWorkers, isProcess } = kind.capabilities;
      const apart = acceptsInWorkers !== true && isProcess === true;
      if (!apart) {
        const warned = program.event('warn');
        const told = warned.then(() => true);
        // A worker that has just started gives some back meanwhile, which are taken as well.
        while (!(await Promise.race([told, setTimeout(1_000, false)]))) {
          expect(await hoarder.ask('hoard')).toBe('EMFILE');
        }
        expect(await warned).toMatch(/hardly any file descriptors left/);
      }
      const newcomer = await connect();
      const served = newcomer.ask('echo served');
      // For longer than it takes the worker to report, several times.
      for (const until = performance.now() + 2_000; performance.now() < until;) {
        expect(await other.ask('native')).toBe(native);
      }
      expect(await hoarder.ask('yield')).toBe('yielded');
      expect(await served).toBe('SERVED');
      expect(await other.ask('native')).toBe(native);
      for (const client of [hoarder, other, newcomer]) await client.end();
      program.child.kill('SIGTERM');
      expect(await program.ended).toEqual([0, null]);
    });

    test('closes no connection when handlers take one descriptor after the other', async () => {
      const program = await serve(kind, { workers: 1 }, { descriptors: 120 });
      const connect = async (): Promise<LineClient> => {
        const client = await LineClient.connect(program.address);
        onTestFinished(() => client[Symbol.asyncDispose]());
        return client;
      };
      const gatherer = await connect();
      expect(await gatherer.ask('gather')).toBe('EMFILE');
      const newcomers = await Promise.all(Array.from({ length: 5 }, connect));
      const served = newcomers.map((newcomer) => newcomer.ask('echo served'));
      expect(await gatherer.ask('yield')).toBe('yielded');
      expect(await Promise.all(served)).toEqual(newcomers.map(() => 'SERVED'));
      for (const client of [gatherer, ...newcomers]) await client.end();
      program.child.kill('SIGTERM');
      expect(await program.ended).toEqual([0, null]);
    });

    test('says so, closes no connection, and serves those that wait when there are some again', async () => {
      const program = await serve(
        kind,
        // Where the primary accepts, those who wait in its queue use them up.
        kind.capabilities.acceptsInWorkers === true
          ? {}
          : { maxConnectionsPerWorker: 10, overload: { policy: 'reject', queueTimeoutMs: 60_000 } },
        { descriptors: 100 },
      );
      const clients = await Promise.all(
        Array.from({ length: 300 }, () => LineClient.connect(program.address)),
      );
      for (const client of clients) onTestFinished(() => client[Symbol.asyncDispose]());
      const replies = clients.map((client) => client.ask('echo served'));
      expect(await program.event('warn')).toMatch(/hardly any file descriptors left/);
      if (kind.capabilities.acceptsInWorkers !== true) {
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
