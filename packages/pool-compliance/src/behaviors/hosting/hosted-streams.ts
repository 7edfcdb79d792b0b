import { once } from 'node:events';
import http from 'node:http';
import type { ClientHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { requirement } from '../../capabilities.ts';
import { hostedPool } from '../../hosted/hosted-pool.ts';
import { Http2Client } from '../../clients/http2-client.ts';
import type { PoolKind } from '../../pool-under-test.ts';

/** Long enough for every goodbye, however slow the machine. */
const PATIENT = { shutdown: { graceMs: 60_000 } };

async function openWebSocket({ address, port }: AddressInfo): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${address}:${port}/`);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

/** Opens an event stream; `rest` is what follows until its end. */
async function openStream({
  address,
  port,
}: AddressInfo): Promise<{ first: string; rest: Promise<string> }> {
  // An agent of its own: no connection is used again.
  const request = http.get({ host: address, port, agent: false });
  onTestFinished(() => void request.destroy());
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const [first] = (await once(response.setEncoding('utf8'), 'data')) as [string];
  return { first, rest: text(response) };
}

/** What becomes of connections without an end when the workers are exchanged. */
export function describeHostedStreams(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe.skipIf(apart.missing)(`${kind.name} hosting streams${apart.note}`, () => {
    test('drainWebSockets(): in a restart and in a close every WebSocket is told 1012, and none is cut', async () => {
      const { pool, address } = await hostedPool(kind, 'hosted/streams', {}, PATIENT);
      const codes = async (end: () => Promise<unknown>): Promise<number[]> => {
        const sockets = await Promise.all(Array.from({ length: 20 }, () => openWebSocket(address)));
        const closed = sockets.map(async (socket) => (await once(socket, 'close'))[0] as number);
        expect(await end()).toMatchObject({ cutConnections: 0, workers: { drained: 1 } });
        return Promise.all(closed);
      };
      const all = Array.from({ length: 20 }, () => 1_012);
      expect(await codes(() => pool.restart())).toEqual(all);
      expect(await codes(() => pool.close())).toEqual(all);
    });

    test('event streams that end at the signal end in a restart without an error, and go on at new workers', async () => {
      const { pool, address } = await hostedPool(kind, 'hosted/streams', {}, PATIENT);
      const old = await openStream(address);
      expect(old.first).toBe('data: 0\n\n');
      expect(await pool.restart()).toMatchObject({ cutConnections: 0, workers: { drained: 1 } });
      expect(await old.rest).toBe('');
      const young = await openStream(address);
      expect(young.first).toBe('data: 1\n\n');
      expect(await pool.close()).toMatchObject({ cutConnections: 0 });
      expect(await young.rest).toBe('');
    });

    test('HTTP/2 event streams end, and their session says GOAWAY without an error', async () => {
      const { pool, address } = await hostedPool(kind, 'hosted/streams', { http: '2' }, PATIENT);
      const client = await Http2Client.connect(address);
      const goaway = once(client.session, 'goaway');
      const stream: ClientHttp2Stream = client.session.request({ ':path': '/' });
      const [first] = (await once(stream.setEncoding('utf8'), 'data')) as [string];
      expect(first).toBe('data: 0\n\n');
      const ended = once(stream.resume(), 'end');
      const restarted = pool.restart();
      await ended;
      expect((await goaway)[0]).toBe(0);
      expect(await client.ended).toBeUndefined();
      expect(await restarted).toMatchObject({ cutConnections: 0, workers: { drained: 1 } });
      const again = await Http2Client.connect(address);
      const young = again.session.request({ ':path': '/' });
      const [greeting] = (await once(young.setEncoding('utf8'), 'data')) as [string];
      expect(greeting).toBe('data: 1\n\n');
    });
  });
}
