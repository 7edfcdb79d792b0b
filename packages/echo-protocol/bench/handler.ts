/**
 * Compares the echo handler with the handlers one writes by hand, over loopback
 * sockets: `toString().toUpperCase()` for raw framing, `readline` for lines.
 */
import { once } from 'node:events';
import net from 'node:net';
import readline from 'node:readline';
import { createEchoHandler } from '../src/echo/echo-handler.ts';
import { compare } from './compare.ts';

type Handler = (connection: net.Socket) => void;

const naiveRaw: Handler = (connection) => {
  connection.on('data', (chunk: Buffer) => {
    connection.write(chunk.toString().trimEnd().toUpperCase());
  });
  connection.on('error', () => {});
};

const naiveLine: Handler = (connection) => {
  const lines = readline.createInterface({ input: connection, crlfDelay: Infinity });
  lines.on('line', (line) => connection.write(`${line.trimEnd().toUpperCase()}\n`));
  connection.on('error', () => {});
};

async function listen(handler: Handler): Promise<net.Server> {
  const server = net.createServer({ noDelay: true }, handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Sends so many requests, each when the reply before it has come; returns the reply bytes. */
async function pingPong(server: net.Server, request: string, requests: number): Promise<number> {
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  client.setNoDelay(true);
  let received = 0;
  let sent = 0;
  client.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received < sent * request.length) return;
    if (sent === requests) client.end();
    else {
      sent++;
      client.write(request);
    }
  });
  sent++;
  client.write(request);
  await once(client, 'close');
  return received;
}

/** Sends all at once and reads at the same time; returns the reply bytes. */
async function pipeline(server: net.Server, batch: Buffer, batches: number): Promise<number> {
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const total = batch.length * batches;
  let received = 0;
  client.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received >= total) client.end();
  });
  for (let index = 0; index < batches; index++) {
    if (!client.write(batch)) await once(client, 'drain');
  }
  await once(client, 'close');
  return received;
}

const servers = {
  raw: { ours: await listen(createEchoHandler()), peer: await listen(naiveRaw) },
  line: {
    ours: await listen(createEchoHandler({ framing: 'line' })),
    peer: await listen(naiveLine),
  },
};

for (const framing of ['raw', 'line'] as const) {
  const { ours, peer } = servers[framing];
  const peerName = framing === 'raw' ? 'toString().toUpperCase()' : 'readline';
  const end = framing === 'line' ? '\n' : '';

  const request = `are you sure${end}`;
  const requests = 5_000;
  await compare(`${framing}, one request at a time`, {
    ours: () => pingPong(ours, request, requests),
    peer: () => pingPong(peer, request, requests),
    peerName,
    expected: request.length * requests,
    work: [requests, 'requests'],
  });

  const contents = [
    ['short messages', 'are-you-sure'],
    ['long messages', 'are-you-sure-'.repeat(70)],
    ['messages not in ASCII', 'çöğüş-'.repeat(10)],
  ] as const;
  for (const [name, text] of contents) {
    // In raw framing a character split between chunks breaks the naive peer.
    if (framing === 'raw' && name === 'messages not in ASCII') continue;
    const message = Buffer.from(text + end);
    const batch = Buffer.concat(
      Array.from({ length: Math.ceil(65_536 / message.length) }, () => message),
    );
    const batches = Math.ceil((framing === 'raw' ? 64 : 16) * (1_048_576 / batch.length));
    const replyBytes = Buffer.byteLength(text.toUpperCase()) + end.length;
    if (replyBytes !== message.length) throw new Error(`${name}: the reply must be as long`);
    await compare(`${framing}, pipelined ${name}`, {
      ours: () => pipeline(ours, batch, batches),
      peer: () => pipeline(peer, batch, batches),
      peerName,
      expected: batch.length * batches,
      work: [(batch.length * batches) / 1e6, 'MB'],
    });
  }
}

for (const { ours, peer } of Object.values(servers)) {
  ours.close();
  peer.close();
}
