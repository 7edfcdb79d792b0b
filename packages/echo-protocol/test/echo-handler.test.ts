import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { createEchoHandler } from '../src/echo/echo-handler.ts';
import type { EchoConnection, EchoContext } from '../src/echo/echo-handler-options.ts';
import { encodeMessage } from '../src/framing/encode-message.ts';
import type { Framing } from '../src/framing/framing.ts';
import { ask, connect, readAll, serve } from './fixtures/echo-server.ts';

describe('createEchoHandler()', () => {
  test.each([
    ['raw', 'hello \n', 'HELLO'],
    ['line', 'hello\r\n', 'HELLO\n'],
    ['length-prefixed', '\0\0\0\u0005hello', '\0\0\0\u0005HELLO'],
  ] as const)('answers a request in upper case: %s', async (framing, request, reply) => {
    await using server = await serve(createEchoHandler({ framing }));
    const client = await connect(server.port);
    expect(await ask(client, request, reply.length)).toBe(reply);
    expect(await ask(client, request, reply.length)).toBe(reply);
    client.end();
    expect(await readAll(client)).toBe('');
    await server.served[0];
  });

  test('answers pipelined requests in order, with one write for each received chunk', async () => {
    await using server = await serve(createEchoHandler({ framing: 'line' }));
    const accepted = server.nextConnection();
    const client = await connect(server.port);
    const connection = await accepted;
    let chunks = 0;
    let writes = 0;
    connection.prependListener('data', () => chunks++);
    const write = connection.write.bind(connection) as (bytes: Uint8Array) => boolean;
    connection.write = (bytes: Uint8Array | string): boolean => {
      writes++;
      return write(bytes as Uint8Array);
    };
    const lines = Array.from({ length: 5_000 }, (_, index) => `request ${index}\n`).join('');
    client.end(lines);
    expect(await readAll(client)).toBe(lines.toUpperCase());
    expect(writes).toBeGreaterThan(0);
    expect(writes).toBeLessThanOrEqual(chunks);
  });

  test.each([false, true])(
    'sends all replies to a client that ended its side, then ends (server half open: %s)',
    async (allowHalfOpen) => {
      const handler = createEchoHandler({ framing: 'line' });
      await using server = await serve(handler, { allowHalfOpen });
      const client = await connect(server.port);
      const lines = 'a line of some length for the echo\n'.repeat(60_000);
      client.end(`${lines}last without newline`);
      expect(await readAll(client)).toBe(`${lines}last without newline\n`.toUpperCase());
      await server.served[0];
    },
  );

  test('answers a character that is split between raw chunks with the later one', async () => {
    await using server = await serve(createEchoHandler());
    const client = await connect(server.port);
    expect(await ask(client, Buffer.from([0x68, 0xc3]), 1)).toBe('H');
    expect(await ask(client, Buffer.from([0xa9]), 2)).toBe('É');
    expect(await ask(client, Buffer.from([0x68, 0xc3]), 1)).toBe('H');
    client.end();
    expect(await readAll(client)).toBe('\uFFFD');
  });

  test('answers invalid UTF-8 with U+FFFD and goes on', async () => {
    await using server = await serve(createEchoHandler({ framing: 'line' }));
    const client = await connect(server.port);
    expect(await ask(client, Buffer.from([0x61, 0xff, 0x62, 10]), 6)).toBe('A\uFFFDB\n');
    expect(await ask(client, 'ok\n', 3)).toBe('OK\n');
    client.destroy();
  });

  test('goes on after a blank raw message, which gets no byte', async () => {
    await using server = await serve(createEchoHandler());
    const texts: string[] = [];
    await using observed = await serve(
      createEchoHandler({ onMessage: (text) => void texts.push(text) }),
    );
    for (const { port } of [server, observed]) {
      const accepted = (port === server.port ? server : observed).nextConnection();
      const client = await connect(port);
      const connection = await accepted;
      const blank = once(connection, 'data');
      client.write(' \n');
      await blank;
      expect(await ask(client, 'yes', 3)).toBe('YES');
      client.end();
      expect(await readAll(client)).toBe('');
    }
    expect(texts).toEqual(['', 'yes']);
  });

  test.each(['line', 'length-prefixed'] as const)(
    'sends the replies before an over-long request and closes without a reset: %s',
    async (framing) => {
      const errors: Error[] = [];
      const handler = createEchoHandler({
        framing,
        maxMessageBytes: 1_000,
        onError: (error) => errors.push(error),
      });
      await using server = await serve(handler);
      const client = await connect(server.port);
      client.write(encodeMessage(framing, 'good'));
      // Far more than the server reads at once, so that bytes are unread when it ends its side.
      client.end(encodeMessage(framing, 'x'.repeat(4_000_000)));
      expect(await readAll(client)).toBe(encodeMessage(framing, 'GOOD').toString());
      await server.served[0];
      expect(errors).toMatchObject([{ code: 'ERR_MESSAGE_TOO_LARGE', maxMessageBytes: 1_000 }]);
    },
  );

  test('cuts a client that stays after an over-long request when the linger time is over', async () => {
    const handler = createEchoHandler({ framing: 'line', maxMessageBytes: 3, lingerMs: 1 });
    await using server = await serve(handler);
    const client = await connect(server.port);
    expect(await ask(client, 'one\nfour\n', 4)).toBe('ONE\n');
    // The client keeps its side open, so that only the server can close the connection.
    await server.served[0];
    expect(client.writable).toBe(true);
    client.destroy();
  });

  test('reports a request that the client left unfinished, after the replies before it', async () => {
    const errors: Error[] = [];
    const handler = createEchoHandler({
      framing: 'length-prefixed',
      onError: (error) => errors.push(error),
    });
    await using server = await serve(handler);
    const client = await connect(server.port);
    client.end(
      Buffer.concat([encodeMessage('length-prefixed', 'a'), Buffer.from([0, 0, 0, 9, 1])]),
    );
    expect(await readAll(client)).toBe('\0\0\0\u0001A');
    await server.served[0];
    expect(errors).toMatchObject([
      { code: 'ERR_MESSAGE_TRUNCATED', expectedBytes: 9, receivedBytes: 1 },
    ]);
  });

  test.each(['reset by the client', 'EPIPE'])(
    'ends only the connection that fails, and never rejects: %s',
    async (failure) => {
      const errors: NodeJS.ErrnoException[] = [];
      const handler = createEchoHandler({
        framing: 'line',
        onError: (error) => errors.push(error),
      });
      await using server = await serve(handler);
      const other = await connect(server.port);
      expect(await ask(other, 'one\n', 4)).toBe('ONE\n');
      const accepted = server.nextConnection();
      const client = await connect(server.port);
      const connection = await accepted;
      expect(await ask(client, 'two\n', 4)).toBe('TWO\n');
      if (failure === 'EPIPE') {
        connection.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      } else {
        client.resetAndDestroy();
      }
      await expect(server.served[1]).resolves.toBeUndefined();
      expect(errors.map(({ code }) => code)).toEqual([
        failure === 'EPIPE' ? 'EPIPE' : 'ECONNRESET',
      ]);
      client.destroy();
      expect(await ask(other, 'three\n', 6)).toBe('THREE\n');
      other.destroy();
    },
  );

  test('takes a reset for the end of the connection when there is no onError', async () => {
    await using server = await serve(createEchoHandler());
    const client = await connect(server.port);
    expect(await ask(client, 'hi', 2)).toBe('HI');
    client.resetAndDestroy();
    await expect(server.served[0]).resolves.toBeUndefined();
  });

  test('goes on serving a connection after the signal fired, until the client closes', async () => {
    const draining = new AbortController();
    const context = { signal: draining.signal };
    await using server = await serve(createEchoHandler({ framing: 'line' }), { context });
    const client = await connect(server.port);
    expect(await ask(client, 'before\n', 7)).toBe('BEFORE\n');
    draining.abort();
    expect(await ask(client, 'after\n', 6)).toBe('AFTER\n');
    const late = await connect(server.port);
    expect(await ask(late, 'late\n', 5)).toBe('LATE\n');
    for (const each of [client, late]) {
      each.end();
      expect(await readAll(each)).toBe('');
    }
    await Promise.all(server.served);
  });

  test('tells the callbacks the text, the client and the context', async () => {
    const context = { workerId: 7, signal: new AbortController().signal };
    const seen: [string, EchoConnection<typeof context>][] = [];
    const handler = createEchoHandler<typeof context>({
      framing: 'line',
      onMessage: (text, connection) => seen.push([`message ${text}`, connection]),
      onClose: (connection) => seen.push(['close', connection]),
    });
    await using server = await serve((connection) => handler(connection, context));
    const client = await connect(server.port);
    const about = { remoteAddress: '127.0.0.1', remotePort: client.localPort, context };
    client.end('hello  \nbye\n');
    expect(await readAll(client)).toBe('HELLO\nBYE\n');
    await server.served[0];
    expect(seen).toEqual([
      ['message hello', about],
      ['message bye', about],
      ['close', about],
    ]);
  });

  test.each(['onMessage', 'onError', 'onClose'] as const)(
    'destroys the connection and rejects when %s throws',
    async (name) => {
      const reason = new Error(`${name} is broken`);
      const handler = createEchoHandler<EchoContext>({
        framing: 'line',
        maxMessageBytes: 10,
        lingerMs: 1,
        [name]: () => {
          throw reason;
        },
      });
      await using server = await serve(handler);
      const client = await connect(server.port);
      client.on('error', () => {});
      client.end(name === 'onError' ? 'far too long for this\n' : 'hello\n');
      await once(client.resume(), 'close');
      await expect(server.served[0]).rejects.toBe(reason);
    },
  );

  test('serves a connection that was accepted paused', async () => {
    await using server = await serve(createEchoHandler(), { pauseOnConnect: true });
    const client = await connect(server.port);
    expect(await ask(client, 'hi', 2)).toBe('HI');
    client.destroy();
  });

  test('resolves at once for a connection that is already closed', async () => {
    const connection = new net.Socket();
    connection.destroy();
    await once(connection, 'close');
    let closed = 0;
    await createEchoHandler({ onClose: () => closed++ })(connection);
    expect(closed).toBe(1);
  });

  test('closes every connection that many clients open and drop in any state', async () => {
    await using server = await serve(createEchoHandler({ framing: 'line' }));
    const clients = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const client = await connect(server.port);
        client.on('error', () => {});
        client.write('some bytes\nand more');
        if (index % 3 === 0) client.resetAndDestroy();
        else if (index % 3 === 1) client.destroy();
        else client.end();
        client.resume();
        return client;
      }),
    );
    expect(clients).toHaveLength(100);
    await Promise.all(clients.map((client) => client.closed || once(client, 'close')));
    await Promise.all(server.served);
  });

  test('refuses bad options', () => {
    expect(() => createEchoHandler({ framing: 'xml' as Framing })).toThrow(TypeError);
    expect(() => createEchoHandler({ maxMessageBytes: 0 })).toThrow(RangeError);
    expect(() => createEchoHandler({ lingerMs: -1 })).toThrow(RangeError);
    expect(() => createEchoHandler({ lingerMs: '1' as unknown as number })).toThrow(TypeError);
    expect(() => createEchoHandler({ onMessage: 'log' as unknown as () => void })).toThrow(
      new TypeError("Option onMessage must be a function, got 'log'"),
    );
  });
});
