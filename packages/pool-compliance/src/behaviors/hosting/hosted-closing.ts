import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { hostedPool } from '../../hosted/hosted-pool.ts';
import { certificateForTests } from '../../hosted/certificate-for-tests.ts';
import { Http1Client, type Http1Reply } from '../../clients/http1-client.ts';
import { Http2Client } from '../../clients/http2-client.ts';
import type { PoolKind } from '../../pool-under-test.ts';

/** Long enough for every client to send its next request, however slow the machine. */
const PATIENT = { idleGraceMs: '20000' };
/** Idle connections are closed at once. */
const IMPATIENT = { idleGraceMs: '0' };

const said = (reply: Http1Reply | undefined): string =>
  `${String(reply?.body)}${reply?.close ? ', close' : ''}`;

/** What hosted servers do with their connections when the pool closes. */
export function describeHostedClosing(kind: PoolKind): void {
  // The applications' modules keep what they count.
  const apart = requirement(kind, 'runsApart');
  describe.skipIf(apart.missing)(`${kind.name} hosting, closing${apart.note}`, () => {
    const certificate = certificateForTests();

    test('close() answers every request of 200 clients in full swing, and resets and truncates nothing', async () => {
      const { pool, address } = await hostedPool(kind, 'hosted/http', PATIENT, { workers: 2 });
      const clients = await Promise.all(
        Array.from({ length: 200 }, () => Http1Client.connect(address)),
      );
      const swinging = clients.map(() => Promise.withResolvers<void>());
      const outcomes = clients.map(async (client, index) => {
        let reply: Http1Reply | undefined;
        let mistaken = 0;
        for (let round = 0; reply?.close !== true; round += 1) {
          reply = await client.get(`/echo/${index}-${round}`);
          if (reply === undefined) break;
          if (String(reply.body) !== `${index}-${round}`) mistaken += 1;
          if (round === 3) swinging[index]?.resolve();
        }
        return { answered: reply !== undefined, mistaken, ...(await client.ended) };
      });
      await Promise.all(swinging.map(({ promise }) => promise));
      const report = await pool.close();
      expect(await Promise.all(outcomes)).toEqual(
        clients.map(() => ({
          answered: true,
          mistaken: 0,
          errorCode: undefined,
          truncated: false,
        })),
      );
      expect(report).toMatchObject({ drainedConnections: 200, cutConnections: 0 });
      const late = net.connect(address.port, address.address);
      const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('ECONNREFUSED');
    });

    test('close() ends idle connections, and those without a request yet, without a reset', async () => {
      const { pool, address } = await hostedPool(kind, 'hosted/http', {}, { workers: 2 });
      const clients = await Promise.all(
        Array.from({ length: 20 }, () => Http1Client.connect(address)),
      );
      const used = clients.slice(0, 10);
      await Promise.all(used.map((client) => client.get('/echo/used')));
      const report = await pool.close();
      expect(report).toMatchObject({ drainedConnections: 20, cutConnections: 0 });
      expect(await Promise.all(clients.map((client) => client.ended))).toEqual(
        clients.map(() => ({ errorCode: undefined, truncated: false })),
      );
    });

    test('close() lets requests that are under way finish, with Connection: close', async () => {
      const { pool, address } = await hostedPool(kind, 'hosted/http', PATIENT);
      const busy = await Promise.all(
        Array.from({ length: 10 }, () => Http1Client.connect(address)),
      );
      const observer = await Http1Client.connect(address);
      const other = await Http1Client.connect(address);
      for (const client of busy) client.send('/hold');
      observer.send('/linger/release');
      while (said(await other.get('/held')) !== '10');
      while (said(await other.get('/lingering')) !== '1');
      const closed = pool.close();
      let last: Http1Reply | undefined;
      do last = await other.get('/held');
      while (last?.close === false);
      expect(said(last)).toBe('10, close');
      // No request can come any more, which the application is told.
      expect(said(await observer.next())).toBe('lingered, close');
      expect(await Promise.all(busy.map(async (client) => said(await client.next())))).toEqual(
        busy.map(() => 'held, close'),
      );
      expect(await closed).toMatchObject({ drainedConnections: 12, cutConnections: 0 });
      for (const client of [...busy, observer, other]) {
        expect(await client.ended).toEqual({ errorCode: undefined, truncated: false });
      }
    });

    test('close() answers all the pipelined requests that it has received, the last with Connection: close', async () => {
      const { pool, address } = await hostedPool(kind, 'hosted/http', IMPATIENT);
      const client = await Http1Client.connect(address);
      const other = await Http1Client.connect(address);
      const numbers = Array.from({ length: 19 }, (_, index) => String(index));
      client.send('/linger', ...numbers.map((number) => `/echo/${number}`), '/linger');
      while (said(await other.get('/lingering')) !== '2');
      const closed = pool.close();
      const replies: string[] = [];
      while (replies.length < 21) replies.push(said(await client.next()));
      expect(replies).toEqual(['lingered', ...numbers, 'lingered, close']);
      expect(await closed).toMatchObject({ drainedConnections: 2, cutConnections: 0 });
      expect(await client.ended).toEqual({ errorCode: undefined, truncated: false });
    });

    test('close() serves the requests of clients that wait in the backlog', async () => {
      const { pool, address } = await hostedPool(kind, 'hosted/http', IMPATIENT, {
        maxConnectionsPerWorker: 1,
      });
      const served = await Http1Client.connect(address);
      await served.get('/echo/first');
      const waiting = await Promise.all(
        Array.from({ length: 20 }, () => Http1Client.connect(address)),
      );
      for (const client of waiting) client.send('/echo/waited');
      const closed = pool.close();
      expect(await Promise.all(waiting.map(async (client) => said(await client.next())))).toEqual(
        waiting.map(() => 'waited, close'),
      );
      expect(await closed).toMatchObject({ drainedConnections: 21, cutConnections: 0 });
      for (const client of [served, ...waiting]) {
        expect(await client.ended).toEqual({ errorCode: undefined, truncated: false });
      }
    });

    test('close() lets open HTTP/2 streams finish, and ends every session without an error', async () => {
      const { ca, folder } = certificate();
      for (const [name, trusted] of [
        ['hosted/h2c', undefined],
        ['hosted/h2', ca],
      ] as const) {
        const { pool, address } = await hostedPool(kind, name, { tls: folder, ...IMPATIENT });
        const busy = await Http2Client.connect(address, trusted);
        const idle = await Http2Client.connect(address, trusted);
        await idle.request('/echo/used');
        const lingering = Promise.all([busy.request('/linger'), busy.request('/linger')]);
        await busy.request('/echo/after');
        const report = await pool.close();
        expect((await lingering).map(String)).toEqual(['lingered', 'lingered']);
        expect(report).toMatchObject({ drainedConnections: 2, cutConnections: 0 });
        expect(await Promise.all([busy.ended, idle.ended])).toEqual([undefined, undefined]);
      }
    });

    test.each(['hosted/https', 'hosted/h2'] as const)(
      'close() ends HTTP/1 connections inside TLS alike: %s',
      async (name) => {
        const { ca, folder } = certificate();
        const { pool, origin } = await hostedPool(kind, name, { tls: folder, ...IMPATIENT });
        const agent = new https.Agent({ keepAlive: true, ca, servername: 'localhost' });
        onTestFinished(() => agent.destroy());
        const get = async (path: string): Promise<string> => {
          const request = https.get(`https://${origin}${path}`, { agent });
          const [response] = (await once(request, 'response')) as [http.IncomingMessage];
          return `${await text(response)}, ${response.headers.connection}`;
        };
        // The first connection stays busy, the second is idle at the close.
        const lingering = get('/linger');
        while ((await get('/lingering')) !== '1, keep-alive');
        const report = await pool.close();
        expect(await lingering).toBe('lingered, close');
        expect(report).toMatchObject({ drainedConnections: 2, cutConnections: 0 });
      },
    );

    test('close() ends connections on which no TLS handshake has begun', async () => {
      const { folder } = certificate();
      const { pool, address } = await hostedPool(kind, 'hosted/https', {
        tls: folder,
        ...IMPATIENT,
      });
      const client = await Http1Client.connect(address);
      expect(await pool.close()).toMatchObject({ drainedConnections: 1, cutConnections: 0 });
      expect(await client.ended).toEqual({ errorCode: undefined, truncated: false });
    });
  });
}
