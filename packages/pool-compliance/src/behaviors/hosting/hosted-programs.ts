import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { programHandler, type ProgramHandlerOptions } from '@sockpool/handler/program';
import type { PoolOptions, WorkerExit, WorkerPool } from '@sockpool/pool-core';
import { assertZeroLoss } from '@sockpool/zero-loss';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { checkGroups, thinkingClients } from '../../clients/client-groups.ts';
import { requirement } from '../../capabilities.ts';
import { recordingLogger } from '../../recording-logger.ts';
import { writtenProgram } from '../../hosted/written-program.ts';
import { createPool, listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** Programs that know nothing of sockpool, in this package's `programs/`; each answers `hello`. */
const HELLO_PROGRAMS = [
  'hello-http.mjs',
  'hello-commonjs.cjs',
  'hello-transpiled.cjs',
  'hello-typescript.ts',
  'hello-fastify.mjs',
  'hello-koa.mjs',
  'hello-hono.mjs',
  'exports-fastify.mjs',
  'exports-hono.mjs',
  'exports-listener.cjs',
  'listens-late.mjs',
];

const urlOf = (name: string): URL => new URL(`../../../programs/${name}`, import.meta.url);

/** Makes a pool of one worker that hosts a program, and starts it. */
async function hostingPool(
  kind: PoolKind,
  program: string | URL,
  options: Partial<PoolOptions> = {},
): Promise<{ pool: WorkerPool; address: AddressInfo }> {
  const handler = programHandler(program);
  const { pool } = await listeningPool(kind, { workers: 1, handler, ...options });
  return { pool, address: pool.address as AddressInfo };
}

/** Gets a path over a connection that is not kept. */
async function get({ port }: AddressInfo, pathname: string = '/'): Promise<string> {
  const headers = { connection: 'close' };
  const response = await fetch(`http://127.0.0.1:${port}${pathname}`, { headers });
  return response.text();
}

/** Tries to start a pool that hosts a program, and gives the reason of the failure. */
async function failureOf(
  kind: PoolKind,
  program: string | URL,
  options?: ProgramHandlerOptions,
): Promise<{ readonly message: string; readonly cause: unknown }> {
  const pool = createPool(kind, { workers: 1, handler: programHandler(program, options) });
  const failure: unknown = await pool.listen().then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof Error) return { message: failure.message, cause: failure.cause };
  throw new TypeError('The pool has started');
}

/** Programs that call `listen()` by themselves, and apps. */
export function describeHostedPrograms(kind: PoolKind): void {
  // Each needs a process or a thread of its own: it calls `listen()` of its whole Node.
  const apart = requirement(kind, 'runsApart');
  const settable = requirement(kind, 'runsApart', 'takesEnvironment');
  const title = `${kind.name} and programs that know nothing of it${apart.note}`;
  describe.skipIf(apart.missing)(title, () => {
    test.each(HELLO_PROGRAMS)('serves %s', async (name) => {
      // Node runs no TypeScript out of an installed package.
      const program = name.endsWith('.ts') ? await writtenProgram(name, urlOf(name)) : urlOf(name);
      const { address } = await hostingPool(kind, program);
      expect(await get(address)).toBe('hello');
    });

    test.skipIf(settable.missing).each([
      [
        'CommonJS',
        'program.cjs',
        `const http = require('node:http');
if (require.main === module) http.createServer((req, res) => res.end('main')).listen(3000);`,
      ],
      [
        'an ECMAScript module',
        'program.mjs',
        `import http from 'node:http';
if (import.meta.main) http.createServer((req, res) => res.end('main')).listen(3000);`,
      ],
    ])(
      `runs a program in %s as the main one, also after a module that is imported before it${settable.note}`,
      async (_, name, source) => {
        const options: Partial<PoolOptions> & { readonly execArgv: readonly string[] } = {
          execArgv: ['--import', 'data:text/javascript,'],
        };
        const { address } = await hostingPool(kind, await writtenProgram(name, source), options);
        expect(await get(address)).toBe('main');
      },
    );

    test('runs what the package.json of a folder names', async () => {
      const program = await writtenProgram(
        'program.cjs',
        `require('node:http').createServer((req, res) => res.end('main')).listen(3000);`,
      );
      const folder = path.dirname(program);
      await writeFile(path.join(folder, 'package.json'), '{ "main": "program" }');
      await rename(program, path.join(folder, 'program.js'));
      const { address } = await hostingPool(kind, folder);
      expect(await get(address)).toBe('main');
    });

    test('lets a server see where it listens, and its errors, as if it listened itself', async () => {
      const { address } = await hostingPool(kind, urlOf('tells-of-itself.mjs'));
      const { port } = address;
      expect(JSON.parse(await get(address))).toEqual({
        before: [false, null],
        chained: true,
        inCallback: address,
        listening: true,
        connections: 1,
        closed: [null, false, null],
        closedTwice: 'ERR_SERVER_NOT_RUNNING',
        twice: 'ERR_SERVER_ALREADY_LISTEN',
        inUse: ['EADDRINUSE', `listen EADDRINUSE: address already in use 127.0.0.1:${port}`, false],
        badPort: 'ERR_SOCKET_BAD_PORT',
        badArguments: 'ERR_INVALID_ARG_VALUE',
        otherPort: [
          'ERR_NO_ADDRESS',
          `Cannot listen on port ${port === 9100 ? 9101 : 9100}: the pool has no address but for port ${port}; start it with --port ${port} --port ${port === 9100 ? 9101 : 9100}, or with all of these in its listen()`,
          false,
        ],
        internal: true,
      });
    });

    test("keeps Node's time limit for the headers of a request", async () => {
      const program = await writtenProgram(
        'program.mjs',
        `import http from 'node:http';
http.createServer({ headersTimeout: 1500, requestTimeout: 1500, connectionsCheckingInterval: 10 })
  .listen(3000);`,
      );
      // Node resets a connection of which it has read nothing by then, as on a busy machine.
      const { address } = await hostingPool(kind, program);
      const client = net.connect(address.port, '127.0.0.1');
      onTestFinished(() => void client.destroy());
      client.write('GET / HTTP/1.1\r\nHost: x\r\n');
      expect(await text(client)).toMatch(/^HTTP\/1\.1 408 /);
    });

    test('tells a program while it loads which worker it runs in', async () => {
      const program = await writtenProgram(
        'program.mjs',
        `import http from 'node:http';
import { currentWorker } from ${JSON.stringify(import.meta.resolve('@sockpool/handler'))};
const { id, generation, addresses, workerData } = currentWorker();
const told = JSON.stringify({ id, generation, addresses, workerData });
http.createServer((request, response) => response.end(told)).listen(3000);`,
      );
      const workerData = { name: 'data' };
      const { pool, address } = await hostingPool(kind, program, { workerData });
      await pool.restart();
      expect(JSON.parse(await get(address))).toEqual({
        id: 0,
        generation: 1,
        addresses: [address],
        workerData,
      });
    });

    test('serves a server of raw connections', async () => {
      const program = await writtenProgram(
        'program.cjs',
        `const net = require('net');
net.createServer((socket) => socket.pipe(socket)).listen({ port: 7, host: '127.0.0.1' });`,
      );
      const { address } = await hostingPool(kind, program);
      const client = net.connect(address.port, '127.0.0.1').setEncoding('utf8');
      onTestFinished(() => void client.destroy());
      client.write('echo');
      expect(await once(client, 'data')).toEqual(['echo']);
      client.end();
      await once(client, 'close');
    });

    test.each(['ends-itself.mjs', 'exports-and-ends.cjs', 'hello-commonjs.cjs'])(
      'loses no request when it restarts %s, and takes no worker for crashed',
      async (name) => {
        const exits: WorkerExit[] = [];
        const { pool, address } = await hostingPool(kind, urlOf(name), { workers: 2 });
        pool.on('workerExit', (_, exit) => exits.push(exit));
        const http = { requests: ['GET /'], expectBody: 'hello' };
        const clients = thinkingClients({ address, connections: 20, thinkMs: [0, 200], http });
        const reports = await checkGroups([clients], async () => {
          for (let restart = 0; restart < 2; restart += 1) {
            expect(await pool.restart()).toMatchObject({ cutConnections: 0 });
          }
        });
        for (const report of reports) assertZeroLoss(report);
        await pool.close();
        expect(exits).toEqual(
          Array.from({ length: 6 }, () => ({ code: 0, signal: null, expected: true })),
        );
      },
    );

    test('waits for the clean-up of a program that closes and ends itself on SIGTERM', async () => {
      const program = await writtenProgram('program.mjs', urlOf('cleans-up.mjs'));
      const { pool, address } = await hostingPool(kind, program);
      expect(await get(address)).toBe('hello');
      await pool.restart();
      const log = path.join(path.dirname(program), 'cleaned-up.log');
      expect(await readFile(log, 'utf8')).toBe('SIGTERM\nclosed\n');
    });

    test("closes a program's WebSockets after their next reply, with the code for a restart", async () => {
      const program = await writtenProgram(
        'program.mjs',
        `import { WebSocketServer } from ${JSON.stringify(import.meta.resolve('ws'))};
new WebSocketServer({ port: 3000 }).on('connection', (socket) => {
  socket.on('message', (message) => socket.send('re: ' + message));
});`,
      );
      const { pool, address } = await hostingPool(kind, program, { shutdown: { graceMs: 60_000 } });
      const socket = new WebSocket(`ws://127.0.0.1:${address.port}/`);
      onTestFinished(() => socket.terminate());
      const said: string[] = [];
      socket.on('message', (message) => said.push(String(message)));
      await once(socket, 'open');
      const closed = once(socket, 'close');
      const ready = once(pool, 'workerReady');
      const restarted = pool.restart({ minReadyMs: 0 });
      await ready;
      // Until it is told of its departure, its worker answers, and goes on.
      const asking = setInterval(() => socket.send('hello'), 100);
      const [code] = await closed;
      clearInterval(asking);
      expect(code).toBe(1_012);
      expect(said).toContain('re: hello');
      expect(await restarted).toMatchObject({ cutConnections: 0 });
    });

    test('closes a WebSocket of a program that is not used before a close cuts it', async () => {
      const program = await writtenProgram(
        'program.mjs',
        `import { WebSocketServer } from ${JSON.stringify(import.meta.resolve('ws'))};
new WebSocketServer({ port: 3000 });`,
      );
      const { pool, address } = await hostingPool(kind, program, { shutdown: { graceMs: 60_000 } });
      const socket = new WebSocket(`ws://127.0.0.1:${address.port}/`);
      onTestFinished(() => socket.terminate());
      await once(socket, 'open');
      const closed = once(socket, 'close');
      expect(await pool.close()).toMatchObject({ cutConnections: 0, drainedConnections: 1 });
      expect((await closed)[0]).toBe(1_012);
    });

    test('serves an app that it exports until it listens by itself', async () => {
      const program = await writtenProgram(
        'program.cjs',
        `const http = require('http');
module.exports = (req, res) => {
  res.end('exported');
  http.createServer((request, response) => response.end('listening')).listen(3000);
};`,
      );
      const { address } = await hostingPool(kind, program);
      expect(await get(address)).toBe('exported');
      expect(await get(address)).toBe('listening');
    });

    test('serves on where a port that is opened late has no address, and replaces a worker whose program closes its server', async () => {
      const program = await writtenProgram(
        'program.mjs',
        `import http from 'node:http';
const server = http.createServer((request, response) => {
  if (request.url === '/late') http.createServer().listen(9090);
  if (request.url === '/again') server.close().listen(3000);
  if (request.url === '/close') server.close(() => process.exit(3));
  response.end('served');
});
server.listen(3000);`,
      );
      const { entries, logger } = recordingLogger();
      const { pool, address } = await hostingPool(kind, program, { logger });
      expect(await get(address, '/late')).toBe('served');
      const messages = (): string => entries.map(({ message }) => message).join('\n');
      await expect
        .poll(messages)
        .toMatch(/Cannot listen on port 9090: .* --port 9090, .* \(.*program\.mjs:3:\d+\)/);
      expect(await get(address, '/again')).toBe('served');
      const recycled = once(pool, 'workerRecycle');
      const exited = once(pool, 'workerExit');
      expect(await get(address, '/close')).toBe('served');
      // Until another one is there the worker serves on, and the program ends only then.
      expect(await get(address, '/')).toBe('served');
      expect((await recycled)[1]).toMatchObject({
        limit: 'request',
        request: expect.stringMatching(/^its program has closed its server on port 3000; /),
      });
      expect((await exited)[1]).toEqual({ code: 0, signal: null, expected: true });
      expect(await get(address, '/')).toBe('served');
      expect(messages()).toContain('Worker 0 is replaced: its program has closed its server');
      expect(await pool.stats()).toMatchObject({ recycles: 1, respawns: 0 });
    });

    test('calls the listeners of SIGINT where a program has none of SIGTERM', async () => {
      const program = await writtenProgram(
        'program.mjs',
        `import { appendFileSync } from 'node:fs';
import http from 'node:http';
http.createServer().listen(3000);
process.on('SIGINT', (...args) => {
  appendFileSync(new URL('./told.log', import.meta.url), args.join());
  process.kill(process.pid, 'SIGTERM');
});`,
      );
      const { pool } = await hostingPool(kind, program);
      const closed = await pool.close();
      expect(closed.workers).toMatchObject({ drained: 1 });
      expect(await readFile(path.join(path.dirname(program), 'told.log'), 'utf8')).toBe('SIGINT,2');
    });

    test.each([
      ['throws', 'program.mjs', 'const app = undefined;\napp.listen(3000);', /program\.mjs:2:5/],
      [
        'cannot be parsed',
        'program.mjs',
        'const a = 1;\nlet a;\n',
        /program\.mjs:2\nlet a;\n {4}\^/,
      ],
      ['throws as CommonJS', 'program.cjs', 'null.listen(3000);', /program\.cjs:1:6/],
      [
        'forks by node:cluster',
        'program.cjs',
        `const cluster = require('node:cluster');
if (cluster.isPrimary) cluster.fork();`,
        /Cannot fork a worker of node:cluster.*\n(?:.*\n)*.*program\.cjs:2:32/,
      ],
      [
        'fails before it listens',
        'program.mjs',
        "setImmediate(() => {\n  throw new Error('no database');\n});",
        /program\.mjs:2:9/,
      ],
      [
        'fails after it has listened and before it has loaded',
        'program.mjs',
        `import http from 'node:http';
import { once } from 'node:events';
await once(http.createServer().listen(3000), 'listening');
throw new Error('no database');`,
        /program\.mjs:4:7/,
      ],
    ])('refuses a program that %s, with file and line', async (_, name, source, place) => {
      const { message, cause } = await failureOf(kind, await writtenProgram(name, source));
      expect(message).toMatch(/^Cannot start worker 0: /);
      expect(cause).toMatchObject({ stack: expect.stringMatching(place) });
    });

    test('refuses a program that ends before it listens', async () => {
      const program = await writtenProgram('program.mjs', 'process.exit(3);');
      const { cause } = await failureOf(kind, program);
      expect(cause).toMatchObject({
        message: 'process.exit(3) was called',
        stack: expect.stringMatching(/program\.mjs:1:9/),
      });
    });

    test('refuses a program that neither listens nor exports what can be served', async () => {
      const program = await writtenProgram(
        'program.mjs',
        'export const timer = setInterval(() => undefined, 1_000);',
      );
      const { message } = await failureOf(kind, program, { listenTimeoutMs: 1 });
      expect(message).toBe(
        `Cannot start worker 0: Cannot host the program '${program}': it has not called listen() on a server within 1 ms, and it has no app, server or handler as its default export; call listen(), or write: export default app`,
      );
    });
  });
}
