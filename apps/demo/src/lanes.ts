import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { runLoad } from '@sockpool/load-client';
import type { EchoServiceSettings } from './echo-service.ts';
import type { LanesLook } from './lanes-look.ts';
import { notebookPrograms } from './notebook.ts';
import type { NotebookProgram } from './notebook-program.ts';
import { type AnyPool, createPool } from './pools.ts';

/** How often the slots are looked at, in milliseconds. */
const LOOK_MS = 100;

/** The files of the page, and nothing else. */
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = Object.freeze({
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/lanes.css': ['lanes.css', 'text/css; charset=utf-8'],
  '/main.js': ['main.js', 'text/javascript; charset=utf-8'],
});

const HEADERS = Object.freeze({
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
});

/** A page that is served. */
export interface LanesServer extends AsyncDisposable {
  readonly url: string;
}

/**
 * Runs the notebook's two pools again and again, and serves a page that shows the slot of each worker
 * as a lane: `FREE`, or taken by which client.
 */
export async function serveLanes(): Promise<LanesServer> {
  const stop = new AbortController();
  const pools = await Promise.all(
    notebookPrograms({ seedTiming: true }).map(async (program) => {
      const pool = notebookPool(program);
      const { port } = (await pool.listen({ port: 0, host: '127.0.0.1' })) as AddressInfo;
      return { program, pool, port };
    }),
  );
  for (const { program, port } of pools) void keepTalking(program, port, stop.signal);
  const viewers = new Set<http.ServerResponse>();
  const looking = setInterval(async () => {
    if (viewers.size === 0) return;
    const look: LanesLook = {
      atMs: Date.now(),
      pools: await Promise.all(pools.map(({ program, pool }) => lookAt(program, pool))),
    };
    for (const viewer of viewers) {
      if (!viewer.writableNeedDrain) viewer.write(`data: ${JSON.stringify(look)}\n\n`);
    }
  }, LOOK_MS);
  const server = http.createServer((request, response) => answer(request, response, viewers));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      stop.abort();
      clearInterval(looking);
      server.close().closeAllConnections();
      await Promise.all(pools.map(({ pool }) => pool.destroy()));
    },
  };
}

function notebookPool({ pool, workers }: NotebookProgram): AnyPool {
  const workerData: EchoServiceSettings = { framing: 'raw', talk: 'nothing' };
  return createPool(pool, {
    handler: new URL('./echo-service.js', import.meta.url),
    workers,
    maxConnectionsPerWorker: 1,
    closeOnSignals: false,
    ...(pool === 'thread' && { scheduling: 'first-available' }),
    workerData,
  });
}

async function keepTalking(
  { clients, messages, maxThinkMs }: NotebookProgram,
  port: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await runLoad({
      port,
      connections: clients,
      requests: messages,
      thinkMs: [0, maxThinkMs],
      signal,
    });
  }
}

async function lookAt(
  { title, pool: kind }: NotebookProgram,
  pool: AnyPool,
): Promise<LanesLook['pools'][number]> {
  // It may be closing.
  const workers = await pool.connections({ limit: 1 }).catch(() => []);
  return {
    title,
    kind,
    lanes: workers.map(({ workerId, nativeId, connections }) => {
      const [taken] = connections ?? [];
      return {
        workerId,
        nativeId,
        takenBy: taken?.remotePort ?? null,
        forMs: taken?.openForMs ?? 0,
      };
    }),
  };
}

function answer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  viewers: Set<http.ServerResponse>,
): void {
  const { host = '', origin } = request.headers;
  if (
    !/^(?:127\.0\.0\.1|localhost):\d+$/.test(host) ||
    (origin ?? `http://${host}`) !== `http://${host}`
  ) {
    response.writeHead(403).end();
    return;
  }
  const { url = '/' } = request;
  if (url === '/looks') {
    response.writeHead(200, {
      ...HEADERS,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    response.flushHeaders();
    viewers.add(response);
    response.once('close', () => viewers.delete(response));
    return;
  }
  const found = Object.hasOwn(FILES, url) ? FILES[url] : undefined;
  if (found === undefined) {
    // Browsers ask for an icon by themselves.
    response.writeHead(url === '/favicon.ico' ? 204 : 404).end();
    return;
  }
  const [file, type] = found;
  const content = readFileSync(new URL(`lanes-page/${file}`, import.meta.url));
  response.writeHead(200, { ...HEADERS, 'content-type': type }).end(content);
}
