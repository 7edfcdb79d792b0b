import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ListenOptions } from '@sockpool/pool-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { LineClient } from '../../clients/line-client.ts';
import { createPool, type PoolKind } from '../../pool-under-test.ts';

/** Connects to an address, until the end of the test. */
async function connect(address: AddressInfo | string | undefined): Promise<LineClient> {
  const client = await LineClient.connect(address);
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
}

/** Asks to which address each client has come. */
function askAll(clients: readonly LineClient[]): Promise<unknown[]> {
  return Promise.all(clients.map((client) => client.ask('address')));
}

/** Whether somebody listens there. */
async function isOpen(address: AddressInfo | string): Promise<boolean> {
  const client = LineClient.start(address);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  client.socket.once('connect', () => resolve(true)).once('close', () => resolve(false));
  const open = await promise;
  await client[Symbol.asyncDispose]();
  return open;
}

/** Takes a port that a test then finds in use. */
async function takenPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A pool that listens in several places. */
export function describeSeveralAddresses(kind: PoolKind): void {
  const unix = requirement(kind, 'servesUnixSockets');
  const places: readonly ListenOptions[] = [
    {},
    { host: '127.0.0.2' },
    ...(unix.missing ? [] : [{ path: path.join(tmpdir(), `sockpool-${randomUUID()}.sock`) }]),
  ];

  describe(`${kind.name}.listen() with a list`, () => {
    test('serves every address, tells handlers which, and keeps all of them through a restart and a pause', async () => {
      const pool = createPool(kind);
      const told = once(pool, 'listening');
      const addresses = await pool.listen(places);
      expect(addresses).toHaveLength(places.length);
      expect(addresses.slice(0, 2)).toMatchObject([
        { address: '127.0.0.1' },
        { address: '127.0.0.2' },
      ]);
      expect(pool.address).toEqual(addresses[0]);
      expect(pool.addresses).toEqual(addresses);
      expect(await told).toEqual([addresses[0], addresses]);
      expect(await pool.stats()).toMatchObject({ address: addresses[0], addresses });
      const connectAll = (): Promise<LineClient[]> =>
        Promise.all([...addresses, ...addresses].map(connect));
      const indexes = places.map((_, index) => String(index));
      expect(await askAll(await connectAll())).toEqual([...indexes, ...indexes]);
      const [leaving] = [...(await connectAll())].toReversed();
      await leaving?.ask('address');
      await pool.restart({ graceMs: 0 });
      await leaving?.ended;
      expect(await askAll(await connectAll())).toEqual([...indexes, ...indexes]);
      pool.pause();
      const waiting = askAll(await connectAll());
      pool.resume();
      expect(await waiting).toEqual([...indexes, ...indexes]);
      await pool.close({ graceMs: 0 });
      expect(pool.addresses).toEqual([]);
      expect(await Promise.all(addresses.map(isOpen))).toEqual(addresses.map(() => false));
    });

    test('counts the connections of all addresses for its limits, and closes without losing who waits at any', async () => {
      const pool = createPool(kind, { workers: 1, maxConnectionsPerWorker: 1 });
      const addresses = await pool.listen(places);
      const served = await connect(addresses[0]);
      expect(await served.ask('address')).toBe('0');
      const waiting = await Promise.all([...addresses, ...addresses].map(connect));
      const answers = waiting.map(async (client) => {
        const index = await client.ask('address');
        await client.end();
        return index;
      });
      expect(await served.ask('address')).toBe('0');
      const closed = pool.close({ graceMs: 60_000 });
      await served.end();
      const indexes = places.map((_, index) => String(index));
      expect(await Promise.all(answers)).toEqual([...indexes, ...indexes]);
      expect(await closed).toMatchObject({ cutConnections: 0 });
    });

    test('takes all or none, and no address twice', async () => {
      const port = await takenPort();
      const pool = createPool(kind);
      await expect(pool.listen([{ port: 0 }, { port }])).rejects.toMatchObject({
        code: 'EADDRINUSE',
        message: expect.stringContaining(`127.0.0.1 port ${port}`),
      });
      expect([pool.state, pool.addresses]).toEqual(['closed', []]);
      await expect(createPool(kind).listen([])).rejects.toThrow(
        new RangeError('The list of listen() must have 1 to 64 addresses, got 0'),
      );
      await expect(createPool(kind).listen([{ port: 7 }, { port: 7 }])).rejects.toThrow(
        new TypeError('Cannot listen twice on 127.0.0.1 port 7: give each address once'),
      );
    });
  });
}
