import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ConnectionGuard, NO_REFUSALS, type Refusal } from '../src/index.ts';

async function listen(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

function connect(port: number): net.Socket {
  const client = net.connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => {
    client.destroy();
  });
  return client;
}

/** Resolves when a connection is gone: one that is cut while it sends sees a reset, or an end. */
function closed(client: net.Socket): Promise<void> {
  return new Promise((resolve) => void client.once('close', () => resolve()));
}

test('a denied client of a node:net server is closed before it is served', async () => {
  using guard = new ConnectionGuard({ deny: ['127.0.0.0/8'] });
  let served = 0;
  const server = net.createServer((connection) => {
    connection.on('error', () => undefined);
    if (guard.admit(connection)) served += 1;
  });
  await closed(connect(await listen(server)));
  expect(served).toBe(0);
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, denied: 1 });
});

test('a guard in front of an http server cuts senders of single bytes, and none of the good clients', async () => {
  const refusals: Refusal[] = [];
  using guard = new ConnectionGuard(
    // A good client is late on a busy machine, but not by so much.
    { minBytesPerSecond: 10_000, rateGraceMs: 2_000, sweepIntervalMs: 10 },
    (refusal) => refusals.push(refusal),
  );
  const server = http.createServer((_request, response) => response.end('served'));
  server.prependListener('connection', (connection: net.Socket) => guard.admit(connection));
  const port = await listen(server);
  const slow = Array.from({ length: 20 }, () => {
    const client = connect(port);
    client.write('GET / HTTP/1.1\r\nx: ');
    const timer = setInterval(() => client.write('a'), 5);
    return closed(client).finally(() => clearInterval(timer));
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  onTestFinished(() => agent.destroy());
  const get = async (): Promise<string> => {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get({ host: '127.0.0.1', port, agent }, resolve).on('error', reject);
    });
    return (await response.setEncoding('utf8').toArray()).join('');
  };
  const replies = Promise.all(Array.from({ length: 40 }, get));
  await Promise.all(slow);
  expect(await replies).toEqual(Array.from({ length: 40 }, () => 'served'));
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, slow: 20 });
  expect(refusals).toEqual(
    Array.from({ length: 20 }, () => ({ reason: 'slow', remoteAddress: '127.0.0.1' })),
  );
});
