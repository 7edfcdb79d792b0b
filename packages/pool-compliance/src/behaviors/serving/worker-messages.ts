import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { Logger } from '@sockpool/pool-core';
import { requirement } from '../../capabilities.ts';
import { listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** What a worker's program may send to its primary, by accident or not. */
const FORGED: readonly unknown[] = [
  null,
  'ready',
  [],
  {},
  { type: 'unheard of' },
  { type: 'toString' },
  { type: 'report' },
  { type: 'report', report: null },
  { type: 'report', report: { activeConnections: -5, totalConnections: 'many' } },
  { type: 'log', level: 'fatal', message: 'x' },
  { type: 'log', level: 'constructor', message: 'x' },
  { type: 'log', level: 'warn', message: { text: 'x' } },
  { type: 'accepted', connectionId: 4_000_000 },
  { type: 'refused', connectionId: 4_000_000 },
  { type: 'closed', connectionId: 4_000_000 },
  { type: 'closed', connectionId: '1' },
  { type: 'heartbeat', eventLoopUtilization: 'high' },
  { type: 'handlerError', error: null },
  { type: 'bootFailed' },
  { type: 'uncaughtError', error: 'broken' },
  { type: 'acceptingStopped' },
  { type: 'exiting', report: {}, cutConnections: -1 },
  { type: 'connectionsRefused', refused: [{ reason: '__proto__', connections: 1 }] },
  { type: 'takeAddressPermit', requestId: 'one', address: null },
  { type: 'releaseAddressPermit', key: 5 },
  { type: 'tlsReloaded', requestId: -1 },
  { type: 'channelOpened', name: {} },
  { type: 'channelClosed', name: 'never opened' },
  { type: 'channelMessage', name: 'never opened', payload: 'text' },
  { type: 'channelTaken', bytes: -1 },
  { type: 'leadershipReleased' },
];

function recordingLogger(): { entries: [string, unknown][]; logger: Logger } {
  const entries: [string, unknown][] = [];
  const log = (message: string, fields?: unknown): void => void entries.push([message, fields]);
  return { entries, logger: { debug: log, info: log, warn: log, error: log } };
}

/** What workers send to the primary: what handlers log and throw, and what is no message at all. */
export function describeWorkerMessages(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} messages of workers`, () => {
    test('what a handler logs arrives readable, whatever it is, and the worker serves on', async () => {
      const { entries, logger } = recordingLogger();
      const { connect } = await listeningPool(kind, { workers: 1, logger });
      const client = await connect();
      client.send('logOdd');
      expect(await client.ask('echo on')).toBe('ON');
      await expect.poll(() => entries).toHaveLength(1);
      const [message, fields] = entries[0] ?? [];
      expect(message).toBe('odd');
      expect(fields).toMatchObject({
        circle: {
          run: '[Function: run]',
          symbol: 'Symbol(odd)',
          owner: '[cannot be read: Error: none]',
          connection: expect.stringContaining('Socket'),
        },
        proxy: '<Revoked Proxy>',
        error: expect.objectContaining({ name: 'RangeError', message: 'too far', code: 'ERR_FAR' }),
        big: '10n',
        from: 0,
      });
    });

    test.each([
      ['null', 'null'],
      ['revoked', '<Revoked Proxy>'],
      ['frozen', 'frozen'],
      ['strange', "{ not: 'a text' }"],
    ])(
      'a handler that throws something %s is told of, and the worker serves on',
      async (what, message) => {
        const { pool, connect } = await listeningPool(kind, { workers: 1 });
        const client = await connect();
        const told = once(pool, 'handlerError');
        const victim = await connect();
        victim.send(`throwOdd ${what}`);
        const [error] = await told;
        expect([error.message, typeof error.name, typeof error.stack]).toEqual([
          message,
          'string',
          'string',
        ]);
        await victim.ended;
        expect(await client.ask('echo on')).toBe('ON');
      },
    );

    test.skipIf(apart.missing)(
      `what a program sends itself, or forges, harms neither the primary nor the worker, and is reported once${apart.note}`,
      async () => {
        const { entries, logger } = recordingLogger();
        const { pool, connect } = await listeningPool(kind, { workers: 1, logger });
        const client = await connect();
        for (const forged of FORGED) {
          for (const key of ['sockpool', '@sockpool/process-pool']) {
            expect(await client.ask(`send ${JSON.stringify({ [key]: forged })}`)).toBe('sent');
          }
          expect(await client.ask(`send ${JSON.stringify(forged)}`)).toBe('sent');
        }
        expect(await client.ask('echo on')).toBe('ON');
        const newcomer = await connect();
        expect(await newcomer.ask('echo new')).toBe('NEW');
        expect((await pool.stats()).total).toMatchObject({
          activeConnections: 2,
          totalConnections: 2,
          handlerErrors: 0,
        });
        // A thread's line to the pool is out of its program's reach.
        const reachable = kind.capabilities.isProcess === true;
        expect(entries.map(([message]) => message)).toEqual(
          reachable ? [expect.stringContaining('messages that are none of this pool')] : [],
        );
        await client.end();
        await newcomer.end();
        await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(0);
        expect(await pool.close()).toMatchObject({ cutConnections: 0 });
      },
    );

    test("nothing of the pool's own is in what the program finds as workerData of its thread", async () => {
      const { connect } = await listeningPool(kind, { workers: 1 });
      const client = await connect();
      const [, threadId] = (await client.ask('native'))?.split('/') ?? [];
      expect(await client.ask('workerData')).toBe(threadId === '0' ? 'null' : '{}');
    });
  });
}
