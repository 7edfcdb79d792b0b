import { once } from 'node:events';
import { io } from 'socket.io-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { GUIDE_POOLS, plainServer, programOf, runPrograms } from '../guide-programs.ts';

const GUIDE = 'recipes/websockets';

async function chatClient(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

describe.each(GUIDE_POOLS)('On a $Pool', (pool) => {
  test('chat-handler.ts reaches the clients of its worker, and tells them to come again', async () => {
    const { port, terminate } = await runPrograms(
      await programOf(pool, GUIDE, 'chat-handler.ts'),
      plainServer(pool, 'workers: 1'),
    );
    const clients = [await chatClient(port), await chatClient(port)];
    const heard = clients.map((client) => once(client, 'message'));
    const closed = clients.map((client) => once(client, 'close'));
    clients[0]?.send('hello');
    expect((await Promise.all(heard)).map(([message]) => String(message))).toEqual([
      'hello',
      'hello',
    ]);
    const ended = terminate();
    expect((await Promise.all(closed)).map(([code]) => code)).toEqual([1012, 1012]);
    expect(await ended).toBe(0);
  });

  test.each([['websocket'], ['polling']])(
    'socket-io-handler.ts answers by %s, and its clients stay with their worker',
    async (transport) => {
      const { port, terminate } = await runPrograms(
        await programOf(pool, GUIDE, 'socket-io-handler.ts'),
        plainServer(pool, "workers: 3, accept: 'primary', scheduling: 'client-affinity'"),
      );
      const client = io(`http://127.0.0.1:${port}/`, { transports: [transport], forceNew: true });
      onTestFinished(() => void client.disconnect());
      expect(await client.emitWithAck('shout', 'hello')).toBe('HELLO');
      const gone = new Promise((resolve) => client.once('disconnect', resolve));
      const ended = terminate();
      await gone;
      client.disconnect();
      expect(await ended).toBe(0);
    },
  );
});
