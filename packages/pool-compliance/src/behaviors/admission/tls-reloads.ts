import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  InvalidTlsOptionsError,
  PoolClosedError,
  TlsReloadTimeoutError,
} from '@sockpool/pool-core';
import { requirement } from '../../capabilities.ts';
import { hostedPool } from '../../hosted/hosted-pool.ts';
import { createPool, type PoolKind } from '../../pool-under-test.ts';
import { clientsOfAllWorkers, fingerprint, secured, securePools } from '../../secure-pools.ts';
import { connectTls, type TlsClient } from '../../clients/tls-client.ts';

/** Sessions that workers resume for each other, and certificates that are exchanged. */
export function describeTlsReloads(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} tls, reloading`, () => {
    const { certificate, renewed, securePool } = securePools(kind);

    test.skipIf(apart.missing).each(['TLSv1.2', 'TLSv1.3'] as const)(
      `%s sessions are resumed by every worker, and by those that replace it${apart.note}`,
      async (version) => {
        const { pool, connect } = await securePool({ maxVersion: version });
        const first = await connect();
        const session = await first.session;
        const resuming = (): Promise<TlsClient> => connect({ session });
        const allResumed = async (): Promise<boolean> => {
          const clients = await clientsOfAllWorkers(resuming, 2);
          const all = await Promise.all(clients.map(secured));
          for (const { lines } of clients) await lines.end();
          return all.every(({ resumed }) => resumed);
        };
        expect(await secured(first)).toMatchObject({ resumed: false });
        expect(await allResumed()).toBe(true);
        await first.lines.end();
        await pool.restart();
        expect(await allResumed()).toBe(true);
        const respawned = once(pool, 'workerReady');
        (await connect()).lines.send('exit 1');
        await respawned;
        expect(await allResumed()).toBe(true);
        await pool.reloadTls(certificate().identity);
        expect(await secured(await resuming())).toMatchObject({ resumed: false });
      },
    );

    test('sessions are resumed after a reload with the same ticket keys', async () => {
      const tlsOptions = { ...certificate().identity, ticketKeys: randomBytes(48) };
      const { pool, connect } = await securePool(tlsOptions);
      const { session } = await connect();
      await pool.reloadTls(tlsOptions);
      expect(await secured(await connect({ session: await session }))).toMatchObject({
        resumed: true,
      });
    });

    test('ticket keys change by themselves, in all workers', async () => {
      const { pool, connect } = await securePool({ ticketKeysLifetimeMs: 1_000 });
      const first = await connect();
      const session = await first.session;
      const resumes = async (known: Buffer): Promise<boolean> => {
        const client = await connect({ session: known });
        const { resumed } = await secured(client);
        await client.lines.end();
        return resumed;
      };
      // A session of before is not resumed by any worker, for good.
      await expect.poll(() => resumes(session)).toBe(false);
      const clients = await clientsOfAllWorkers(() => connect({ session }), 2);
      for (const client of clients) {
        expect(await secured(client)).toMatchObject({ resumed: false });
        await client.lines.end();
      }
      // One of the keys of now is; they may change between the two connections.
      const renewedSession = async (): Promise<boolean> => resumes(await (await connect()).session);
      await expect.poll(renewedSession).toBe(true);
      expect((await pool.stats()).respawns).toBe(0);
    });

    test.skipIf(apart.missing)(
      `reloadTls() does not wait forever: it names a stuck worker, and destroy() ends it${apart.note}`,
      async () => {
        const { pool, connect } = await securePool({}, { health: { stuckTimeoutMs: Infinity } });
        const [stuck] = await clientsOfAllWorkers(connect, 2);
        const id = await stuck?.lines.ask('worker');
        expect(await stuck?.lines.ask('spin')).toBe('spinning');
        // Time enough for the other one on a busy machine.
        await expect(pool.reloadTls(renewed().identity, { timeoutMs: 4_000 })).rejects.toThrow(
          new TlsReloadTimeoutError([Number(id)], 4_000),
        );
        await expect(pool.reloadTls(renewed().identity, { timeout: 1 } as object)).rejects.toThrow(
          /^Unknown option timeout of reloadTls\(\): did you mean timeoutMs\?/,
        );
        const reloaded = pool.reloadTls(certificate().identity, { timeoutMs: Infinity });
        const settled = expect(reloaded).rejects.toThrow(PoolClosedError);
        await pool.destroy();
        await settled;
      },
    );

    test.skipIf(apart.missing)(
      `reloadTls() exchanges the certificate in every worker, and in those still to come${apart.note}`,
      async () => {
        const { pool, connect } = await securePool();
        const before = await clientsOfAllWorkers(connect, 2);
        const shown = async (): Promise<Set<string | undefined>> => {
          const clients = await clientsOfAllWorkers(connect, 2);
          const certificates = clients.map(({ socket }) => socket.getPeerX509Certificate());
          for (const { lines } of clients) await lines.end();
          return new Set(certificates.map((known) => known?.fingerprint256));
        };
        await pool.reloadTls(renewed().identity);
        expect(await shown()).toEqual(new Set([fingerprint(renewed())]));
        for (const { lines } of before) expect(await lines.ask('echo still')).toBe('STILL');
        expect((await pool.stats()).respawns).toBe(0);
        const respawned = once(pool, 'workerReady');
        before[0]?.lines.send('exit 1');
        await respawned;
        expect(await shown()).toEqual(new Set([fingerprint(renewed())]));
        for (const { lines } of before) await lines.end();
        await pool.restart();
        expect(await shown()).toEqual(new Set([fingerprint(renewed())]));
      },
    );

    test('reloadTls() changes nothing with a certificate that cannot be used', async () => {
      const { pool, connect } = await securePool();
      const { key } = renewed().identity;
      const { cert } = certificate().identity;
      await expect(pool.reloadTls({ key, cert })).rejects.toThrow(InvalidTlsOptionsError);
      await expect(pool.reloadTls({ cert })).rejects.toThrow(TypeError);
      const before = await connect();
      expect(before.socket.getPeerX509Certificate()?.fingerprint256).toBe(
        fingerprint(certificate()),
      );
      await before.lines.end();
      await pool.restart();
      const after = await connect();
      expect(await after.lines.ask('echo in')).toBe('IN');
    });

    test('reloadTls() before listen() holds, without tls and after the close it is refused', async () => {
      const { identity } = renewed();
      const pool = createPool(kind, { tls: certificate().identity });
      await pool.reloadTls(identity);
      await pool.listen();
      const { socket, lines } = await connectTls(pool.address, { ca: renewed().ca });
      expect(socket.getPeerX509Certificate()?.fingerprint256).toBe(fingerprint(renewed()));
      await lines.end();
      await pool.close();
      await expect(pool.reloadTls(identity)).rejects.toThrow(PoolClosedError);
      await expect(createPool(kind).reloadTls(identity)).rejects.toThrow(
        'Cannot reload TLS: the pool was made without the option tls',
      );
    });

    test('reloads and restarts under load lose no client', async () => {
      const { pool } = await hostedPool(
        kind,
        'hosted/http',
        {},
        {
          tls: certificate().identity,
          workers: 2,
        },
      );
      const { port, address: host } = pool.address as net.AddressInfo;
      const stopping = new AbortController();
      onTestFinished(() => stopping.abort());
      const ca = [certificate().ca, renewed().ca];
      const wrong: string[] = [];
      let right = 0;
      const lanes = Array.from({ length: 8 }, async (_, lane) => {
        const agent = new https.Agent({ ca, servername: 'localhost', keepAlive: true });
        for (let round = 0; !stopping.signal.aborted; round += 1) {
          // Every few requests a new connection, so that there are always handshakes under way.
          const request = https.get({
            host,
            port,
            path: `/echo/${lane}-${round}`,
            ca,
            servername: 'localhost',
            agent: round % 4 === 0 ? false : agent,
          });
          try {
            const [response] = (await once(request, 'response')) as [http.IncomingMessage];
            const body = await text(response);
            if (body === `${lane}-${round}`) right += 1;
            else wrong.push(body);
          } catch (error) {
            wrong.push(String(error));
          }
        }
        agent.destroy();
      });
      await expect.poll(() => right).toBeGreaterThan(20);
      for (let round = 0; round < 4; round += 1) {
        await pool.reloadTls((round % 2 === 0 ? renewed() : certificate()).identity);
        await Promise.all([pool.restart(), pool.reloadTls(renewed().identity)]);
      }
      stopping.abort();
      await Promise.all(lanes);
      expect(wrong).toEqual([]);
      expect((await pool.stats()).refusedConnections.tlsHandshake).toBe(0);
    });
  });
}
