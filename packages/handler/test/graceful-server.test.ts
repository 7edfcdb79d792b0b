import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import {
  type ConnectionHandler,
  GracefulServer,
  type GracefulServerOptions,
  serverHandler,
} from '../src/index.ts';

const ignore = (): undefined => undefined;

/** Serves on a free port until the test ends. */
async function listening(
  handler: ConnectionHandler,
  options?: GracefulServerOptions,
): Promise<{ readonly graceful: GracefulServer; readonly connect: () => net.Socket }> {
  const graceful = new GracefulServer(handler, options);
  graceful.server.listen(0, '127.0.0.1');
  await once(graceful.server, 'listening');
  onTestFinished(() => graceful.close({ graceMs: 0 }).then(ignore));
  const { port } = graceful.server.address() as net.AddressInfo;
  return {
    graceful,
    connect: () => {
      const client = net.connect(port, '127.0.0.1');
      onTestFinished(() => void client.destroy());
      return client;
    },
  };
}

test('A close answers the request that is under way, tells its client to go, and then ends', async () => {
  const arrived = Promise.withResolvers<http.ServerResponse>();
  const server = http.createServer((_request, response) => arrived.resolve(response));
  const { graceful, connect } = await listening(serverHandler(server));
  const client = connect();
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const response = await arrived.promise;
  const closed = graceful.close({ graceMs: Infinity });
  await once(graceful.server, 'close', { signal: AbortSignal.timeout(1) }).catch(ignore);
  response.end('late');
  expect(await text(client)).toMatch(/^HTTP\/1.1 200 OK\r\nConnection: close\r\n[^]*late/);
  expect(await closed).toMatchObject({ drainedConnections: 1, cutConnections: 0 });
  expect(graceful.server.listening).toBe(false);
});

test('A close serves every client who waits in the backlog', async () => {
  const server = http.createServer((_request, response) => void response.end('served'));
  const { graceful, connect } = await listening(serverHandler(server));
  // Connected by the kernel before this turn of the event loop is over, and not accepted in it.
  const clients = Array.from({ length: 50 }, () => {
    const client = connect();
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    return client;
  });
  const closed = graceful.close({ graceMs: Infinity });
  for (const reply of await Promise.all(clients.map((client) => text(client)))) {
    expect(reply).toMatch(/served/);
  }
  expect(await closed).toMatchObject({ drainedConnections: 50, cutConnections: 0 });
});

test('A handler that fails has its connection destroyed, is told of, and others are served', async () => {
  const told: unknown[] = [];
  const logger = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (message: string, fields: unknown) => void told.push(message, fields),
  };
  const error = new Error('no backend');
  const handler: ConnectionHandler = (connection, context) => {
    if (connection.once('data', (name) => connection.end(`hello ${String(name)}`)).remotePort === 0)
      return;
    expect(context).toMatchObject({ workerId: 0, workerData: 'data' });
    if (told.length === 0) throw error;
  };
  const { connect } = await listening(handler, { workerData: 'data', logger });
  await once(connect(), 'close');
  expect(told).toEqual(['A handler failed, its connection is destroyed', { error }]);
  const client = connect();
  client.write('you');
  expect(await text(client)).toBe('hello you');
});

test('What is open when the grace period is over is cut, and a second close can shorten it', async () => {
  const accepted = Promise.withResolvers<void>();
  const { graceful, connect } = await listening(() => accepted.resolve());
  const ended = once(connect(), 'close');
  await accepted.promise;
  const closed = graceful.close({ graceMs: Infinity });
  expect(await graceful.close({ graceMs: 1 })).toBe(await closed);
  expect(await closed).toMatchObject({ drainedConnections: 0, cutConnections: 1 });
  await ended;
});

test('A close waits for the work of handlers after their connections have ended', async () => {
  const work = Promise.withResolvers<void>();
  const { graceful, connect } = await listening((connection, { waitUntil }) => {
    waitUntil(work.promise);
    connection.end();
  });
  await once(connect().resume(), 'close');
  let ended = false;
  const closed = graceful.close({ graceMs: Infinity }).then(() => {
    ended = true;
  });
  await once(graceful.server, 'close');
  expect(ended).toBe(false);
  work.resolve();
  await closed;
});

test('A close waits for onDraining also when no client is connected', async () => {
  const told: string[] = [];
  const onDraining = async (): Promise<void> => {
    await nextTurn();
    told.push('drained');
  };
  const { graceful } = await listening(serverHandler(http.createServer(), { onDraining }));
  await graceful.close({ graceMs: Infinity });
  expect(told).toEqual(['drained']);
});

test('await using closes, also when nothing ever listened', async () => {
  const disposing = new GracefulServer(ignore);
  await disposing[Symbol.asyncDispose]();
  expect(await disposing.close()).toMatchObject({ drainedConnections: 0, cutConnections: 0 });
});

test('Wrong use is refused by an error that names it', async () => {
  const server: unknown = http.createServer();
  expect(() => new GracefulServer(server as ConnectionHandler)).toThrow(
    new TypeError(
      'Cannot create a GracefulServer: its handler must be a function, got an object of class Server',
    ),
  );
  const misspelled: object = { worksData: 1 };
  expect(() => new GracefulServer(ignore, misspelled)).toThrow(
    new TypeError(
      'Unknown option worksData of a GracefulServer: did you mean workerData? Allowed are workerData, logger',
    ),
  );
  const graceful = new GracefulServer(ignore);
  await expect(graceful.close({ graceMs: -1 })).rejects.toThrow(RangeError);
  await expect(graceful.close({ graceMs: '1' as unknown as number })).rejects.toThrow(TypeError);
});
