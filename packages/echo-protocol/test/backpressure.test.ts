import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createEchoHandler } from '../src/echo/echo-handler.ts';
import { FRAMINGS } from '../src/framing/framing.ts';
import { encodeMessage } from '../src/framing/encode-message.ts';
import { connect, serve } from './fixtures/echo-server.ts';

const TOTAL_BYTES = 64 * 1_048_576;

/** The replies to one chunk that Node reads, 64 KiB; here none is longer than its request. */
const CHUNK_BYTES = 65_536;

test.each(FRAMINGS)(
  'createEchoHandler() stops reading from a client that reads nothing, and goes on when it reads: %s',
  async (framing) => {
    await using server = await serve(createEchoHandler({ framing }));
    const accepted = server.nextConnection();
    const client = await connect(server.port);
    client.pause();
    const connection = await accepted;
    let highest = 0;
    connection.on('data', () => {
      highest = Math.max(highest, connection.writableLength);
    });

    const batch = Buffer.concat(
      Array.from({ length: 1_000 }, () => encodeMessage(framing, 'never-read-me'.repeat(5))),
    );
    const batches = Math.ceil(TOTAL_BYTES / batch.length);
    const paused = once(connection, 'pause');
    for (let index = 0; index < batches; index++) client.write(batch);
    client.end();
    await paused;

    const bound = connection.writableHighWaterMark + CHUNK_BYTES;
    expect(connection.writableLength).toBeLessThanOrEqual(bound);
    expect(connection.bytesRead).toBeLessThan(TOTAL_BYTES);

    let received = 0;
    for await (const chunk of client) received += (chunk as Buffer).length;
    expect(received).toBe(batch.length * batches);
    await server.served[0];
    expect(highest).toBeGreaterThan(0);
    expect(highest).toBeLessThanOrEqual(bound);
  },
);
