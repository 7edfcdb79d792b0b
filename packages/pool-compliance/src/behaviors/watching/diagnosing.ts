import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type {
  ConnectionDiagnostics,
  RestartDiagnostics,
  WorkerDiagnostics,
} from '@sockpool/pool-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { LineClient } from '../../clients/line-client.ts';
import { listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** What a pool publishes by `node:diagnostics_channel`. */
export function describeDiagnosing(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} diagnostics channels`, () => {
    test.skipIf(apart.missing)(
      `tell of connections in their worker, and of workers and restarts in the primary${apart.note}`,
      async () => {
        const workers = heard<WorkerDiagnostics>('sockpool:worker');
        const restarts = heard<RestartDiagnostics>('sockpool:restart');
        const { pool, connect } = await listeningPool(kind, {
          name: 'diagnosed',
          workers: 1,
          protection: { deny: ['127.0.0.2'] },
        });
        await (await connect()).end();
        await LineClient.start(pool.address, '127.0.0.2').ended;
        const client = await connect();
        const first = { workerId: 0, generation: 0 };
        const served = { ...first, socket: true };
        const closed = { ...served, timed: true };
        const told = [
          ...[1, 2, 3].map((id) => Object.assign({ event: 'open', connectionId: id }, served)),
          ...[1, 2].map((id) => Object.assign({ event: 'close', connectionId: id }, closed)),
          { event: 'refused', ...first, reason: 'denied', remoteAddress: '127.0.0.2' },
        ];
        // In whatever order connections come and go.
        await expect
          .poll(async () => parsed(await client.ask('heard')).toSorted(byEvent))
          .toEqual(told.toSorted(byEvent));
        await client.end();
        const report = await pool.restart();
        const [again] = parsed(await (await connect()).ask('heard'));
        expect(again).toMatchObject({
          event: 'open',
          workerId: 0,
          generation: 1,
          connectionId: 1,
        });
        expect(restarts).toEqual([
          { pool, event: 'begin', generation: 1 },
          { pool, event: 'done', generation: 1, report },
        ]);
        expect(workers).toMatchObject([
          { pool, event: 'ready', worker: { ...first, state: 'ready' } },
          { pool, event: 'ready', worker: { workerId: 0, generation: 1, state: 'ready' } },
          { pool, event: 'exit', worker: first, exit: { expected: true }, error: undefined },
        ]);
      },
    );
  });
}

/** Gathers what a channel publishes until the end of the test. */
function heard<Message extends ConnectionDiagnostics | WorkerDiagnostics | RestartDiagnostics>(
  name: string,
): Message[] {
  const messages: Message[] = [];
  const listener = (message: unknown): void => void messages.push(message as Message);
  subscribe(name, listener);
  onTestFinished(() => void unsubscribe(name, listener));
  return messages;
}

function parsed(line: string | undefined): object[] {
  return JSON.parse(line ?? '[]') as object[];
}

function byEvent(left: object, right: object): number {
  const [one, other] = [left, right].map((message) =>
    JSON.stringify(Object.entries(message).toSorted()),
  );
  return (one ?? '') < (other ?? '') ? -1 : 1;
}
