import type { AddressInfo } from 'node:net';
import { programHandler } from '@sockpool/handler/program';
import { assertZeroLoss } from '@sockpool/zero-loss';
import { describe, expect, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { checkGroups, thinkingClients } from '../../clients/client-groups.ts';
import { writtenProgram } from '../../hosted/written-program.ts';
import { createPool, type PoolKind } from '../../pool-under-test.ts';

const LISTENS_TWICE = new URL('../../../programs/listens-twice.mjs', import.meta.url);

/** Gets a path over a connection that is not kept. */
async function get({ address, port }: AddressInfo, path: string): Promise<string> {
  const response = await fetch(`http://${address}:${port}${path}`, {
    headers: { connection: 'close' },
  });
  return response.text();
}

/** Programs that listen on several ports, or several times. */
export function describeHostedPorts(kind: PoolKind): void {
  // Each needs a process or a thread of its own: it calls `listen()` of its whole Node.
  const apart = requirement(kind, 'runsApart');
  const title = `${kind.name} and programs that listen on several ports${apart.note}`;
  describe.skipIf(apart.missing)(title, () => {
    test('gives each server an address of its own, and loses no request of any in restarts', async () => {
      const pool = createPool(kind, { handler: programHandler(LISTENS_TWICE) });
      const addresses = (await pool.listen([{}, { host: '127.0.0.2' }])) as readonly AddressInfo[];
      const names = ['shop', 'admin'];
      for (const [index, address] of addresses.entries()) {
        expect(await get(address, '/')).toBe(names[index]);
        expect(JSON.parse(await get(address, '/address'))).toEqual(address);
      }
      const groups = addresses.map((address, index) =>
        thinkingClients({
          address,
          connections: 10,
          thinkMs: [0, 200],
          http: { requests: ['GET /'], expectBody: names[index] ?? '' },
        }),
      );
      const reports = await checkGroups(groups, async () => {
        for (let restart = 0; restart < 2; restart += 1) {
          expect(await pool.restart()).toMatchObject({ cutConnections: 0 });
        }
      });
      for (const report of reports) assertZeroLoss(report);
      expect(await pool.close()).toMatchObject({ cutConnections: 0 });
    });

    test('serves every address by the app that a program exports', async () => {
      const program = await writtenProgram(
        'program.cjs',
        "module.exports = (request, response) => response.end('one');",
      );
      const pool = createPool(kind, { workers: 1, handler: programHandler(program) });
      for (const address of await pool.listen([{}, { host: '127.0.0.2' }])) {
        expect(await get(address as AddressInfo, '/')).toBe('one');
      }
    });

    test('adds nothing to a server that a program closes and lets listen again and again', async () => {
      const program = await writtenProgram(
        'program.mjs',
        `import http from 'node:http';
const server = http.createServer((request, response) => {
  if (request.url === '/again') {
    for (let times = 0; times < 20; times += 1) server.close().listen(3000);
  }
  const counts = server.eventNames().map((name) => name + ' ' + server.listenerCount(name));
  response.end(counts.toSorted().join());
});
server.listen(3000);`,
      );
      const pool = createPool(kind, { workers: 1, handler: programHandler(program) });
      const address = await pool.listen();
      const before = await get(address, '/');
      expect(before).toContain('request ');
      await get(address, '/again');
      await get(address, '/again');
      expect(await get(address, '/')).toBe(before);
      expect(await pool.stats()).toMatchObject({ recycles: 0, respawns: 0 });
    });

    test('refuses a program that does not listen wherever its pool does', async () => {
      const handler = programHandler(LISTENS_TWICE, { port: [3000, 9091], listenTimeoutMs: 1_000 });
      const pool = createPool(kind, { workers: 1, handler });
      await expect(pool.listen([{}, {}])).rejects.toThrow(
        /^Cannot start worker 0: Cannot listen on port 9090: the pool has no address but for port (\d+) and port (\d+); start it with --port \1 --port \2 --port 9090, /,
      );
      const once = await writtenProgram(
        'program.cjs',
        "require('node:http').createServer().listen(3000); setInterval(() => undefined, 1_000);",
      );
      const wide = createPool(kind, {
        workers: 1,
        handler: programHandler(once, { listenTimeoutMs: 1 }),
      });
      await expect(wide.listen([{}, {}])).rejects.toThrow(
        /it has not called listen\(\) for port \d+ of the pool within 1 ms; let it listen there as well/,
      );
    });
  });
}
