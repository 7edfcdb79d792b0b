import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { LineClient } from '../../clients/line-client.ts';
import { listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** Sends a command that is to be answered after the client's end; resolves to the answer. */
async function lateReply(client: LineClient): Promise<readonly [string | undefined, unknown]> {
  client.socket.end('late\n');
  const reply = await client.next();
  return [reply, (await client.ended).errorCode];
}

/** What `connection.allowHalfOpen` means, whichever way a connection comes to its worker. */
export function describeHalfOpen(kind: PoolKind): void {
  describe(`${kind.name} with allowHalfOpen`, () => {
    test('lets handlers answer a client that has ended its side', async () => {
      const { pool } = await listeningPool(kind, { connection: { allowHalfOpen: true } });
      const clients = Array.from({ length: 10 }, () => LineClient.start(pool.address));
      expect(await Promise.all(clients.map(lateReply))).toEqual(
        clients.map(() => ['late', undefined]),
      );
    });

    test('does so for a client that was taken from the backlog at the close', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 1,
        maxConnectionsPerWorker: 1,
        connection: { allowHalfOpen: true },
      });
      const first = await connect();
      expect(await first.ask('echo full')).toBe('FULL');
      const second = LineClient.start(pool.address);
      await once(second.socket, 'connect');
      const reply = lateReply(second);
      const closed = pool.close();
      // Answers only after its worker has capacity again.
      first.socket.end('late\n');
      expect(await first.next()).toBe('late');
      expect(await reply).toEqual(['late', undefined]);
      expect(await closed).toMatchObject({ cutConnections: 0 });
    });

    test('off, ends a connection with its client', async () => {
      const { pool } = await listeningPool(kind);
      expect(await lateReply(LineClient.start(pool.address))).toEqual([undefined, undefined]);
    });
  });
}
