import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { assertZeroLoss } from '@sockpool/zero-loss';
import { requirement } from '../../capabilities.ts';
import { checkGroups, thinkingClients } from '../../clients/client-groups.ts';
import { hostedPool } from '../../hosted/hosted-pool.ts';
import { Http1Client } from '../../clients/http1-client.ts';
import { handlerUrl, listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** Many restarts take their time on a busy machine. */
const BUSY = { timeout: 240_000 };

/** An empty file that workers write what they have done to. */
async function workFile(): Promise<{ path: string; done: () => Promise<string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-work-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'work');
  await writeFile(path, '');
  return { path, done: async () => (await readFile(path, 'utf8')).split('\n').filter(Boolean) };
}

/** Work that outlives its connection is done before a worker ends. */
export function describeOutliving(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  const title = `${kind.name} and work that outlives its connection${apart.note}`;
  describe.skipIf(apart.missing)(title, () => {
    test.each(['nothing', 'interval'])(
      'restart() and close() wait for it, in an application that holds for good: %s',
      BUSY,
      async (holds) => {
        const file = await workFile();
        const handler = handlerUrl('outlives');
        handler.search = String(new URLSearchParams({ file: file.path, holds }));
        const { pool, connect } = await listeningPool(kind, { handler, workers: 1 });
        const names = ['returned', 'waitUntil', 'untold', 'listener'];
        const demand = async (): Promise<void> => {
          for (const name of names) {
            const client = await connect();
            client.send(name);
            await client.ended;
          }
        };
        await demand();
        expect(await pool.restart()).toMatchObject({ workers: { drained: 1 } });
        expect((await file.done()).toSorted()).toEqual(names.toSorted());
        await demand();
        expect(await pool.close()).toMatchObject({ workers: { drained: 1 } });
        expect((await file.done()).toSorted()).toEqual([...names, ...names].toSorted());
      },
    );

    test(
      'close() waits for the asynchronous hooks of Fastify, and for app.close(), also of a worker without connections',
      BUSY,
      async () => {
        const file = await workFile();
        const { pool, address } = await hostedPool(kind, 'hosted/fastify-closing', {
          file: file.path,
        });
        const client = await Http1Client.connect(address);
        await client.get('/hello/world');
        client.socket.end();
        await pool.restart();
        // Two that write to one file, of which either may come first.
        expect((await file.done()).toSorted()).toEqual(['closed', 'responded']);
        await pool.close();
        expect((await file.done()).toSorted()).toEqual(['closed', 'closed', 'responded']);
      },
    );

    test(
      'close() lets a request finish before app.close() lets go of what it needs',
      BUSY,
      async () => {
        const { pool, address } = await hostedPool(kind, 'hosted/fastify-closing');
        const slow = await Http1Client.connect(address);
        await slow.get('/hello/world');
        const reply = slow.get('/slow');
        const [replied] = await Promise.all([reply, pool.close()]);
        expect(String(replied?.body)).toBe('{"open":true}');
      },
    );

    test.each([
      ['hosted/fastify-closing', 'GET /hello/world', '{"hello":"world"}'],
      ['hosted/http-closing', 'GET /', 'hello'],
    ] as const)(
      'no client notices restarts of a server that is closed by onDraining: %s',
      BUSY,
      async (name, request, expectBody) => {
        const { pool, address } = await hostedPool(kind, name, {}, { workers: 2 });
        const http = { requests: [request], expectBody };
        const clients = thinkingClients({ address, connections: 40, thinkMs: [0, 200], http });
        const reports = await checkGroups([clients], async () => {
          for (let restart = 0; restart < 4; restart += 1) {
            expect(await pool.restart()).toMatchObject({ workers: { drained: 2 } });
          }
        });
        for (const report of reports) assertZeroLoss(report);
      },
    );
  });
}
