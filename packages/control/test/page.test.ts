import { once } from 'node:events';
import net from 'node:net';
import { createPool } from '@sockpool/pool-compliance';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ControlOptions, type MakeControlPage, serveControl } from '../src/index.ts';
import { ask, type Reply } from './fixtures/ask.ts';
import { KINDS } from './fixtures/pools.ts';

const [, threads] = KINDS;
const token = 'a-token-of-many-characters';
const authorization = `Bearer ${token}`;

/** What a test says to a server with a page. */
type Asked = (
  path: string,
  headers?: Readonly<Record<string, string>>,
  method?: string,
) => Promise<Reply>;

/** A page with a file, and a stream of figures. */
function smallPage(openFigures: boolean): MakeControlPage {
  return () => ({
    openFigures,
    answer({ url }, response, requireAccess) {
      if (url !== '/' && url !== '/live' && url !== '/secret') return false;
      if (url === '/live') requireAccess('figures');
      if (url === '/secret') requireAccess('action');
      response.end('page');
      return true;
    },
    close: () => undefined,
  });
}

/** A control server with a page on a port; nothing of it needs a pool that listens. */
async function servePage(
  options: ControlOptions & { readonly openFigures?: boolean } = {},
): Promise<{ asked: Asked; port: number }> {
  const { openFigures = true, ...rest } = options;
  const control = await serveControl(createPool(threads!), {
    port: 0,
    page: smallPage(openFigures),
    ...rest,
  });
  onTestFinished(() => control.close());
  const { port } = control.address as { port: number };
  const asked: Asked = (path, headers = {}, method = 'GET') =>
    ask('', { socketPath: undefined, host: '127.0.0.1', port, path, headers, method });
  return { asked, port };
}

test('A control server that is closed leaves no listener at its pool', async () => {
  const pool = createPool(threads!);
  const listeners = (): number => pool.listenerCount('closed');
  const before = listeners();
  const control = await serveControl(pool, { port: 0, page: smallPage(true) });
  expect(listeners()).not.toBe(before);
  await control.close();
  expect(listeners()).toBe(before);
});

describe('A control server with a page', () => {
  test('lets its page and figures be seen, and wants the token for what acts or looks into a worker', async () => {
    const { asked } = await servePage({ token });
    const status = async (...args: Parameters<Asked>): Promise<number> =>
      (await asked(...args)).status;
    expect((await asked('/')).body).toBe('page');
    expect(await status('/live')).toBe(200);
    expect(await status('/v1/health')).toBe(200);
    expect(await status('/secret')).toBe(401);
    expect(await status('/secret', { authorization })).toBe(200);
    expect(await status('/v1/pause', {}, 'POST')).toBe(401);
    expect(await status('/v1/pause', { authorization: `${authorization}x` }, 'POST')).toBe(401);
    expect(await status('/v1/workers/0/heap')).toBe(401);
    expect(await status('/v1/pause', { authorization }, 'POST')).toBe(200);
    expect(await status('/nothing')).toBe(404);
    expect(await status('/', {}, 'POST')).toBe(405);
  });

  test('goes by where a path leads, however it is written', async () => {
    const { asked } = await servePage({ token });
    for (const path of ['/x/../v1/pause', '/./v1/pause', '/x/%2e%2e/v1/pause', '/v1/./pause']) {
      expect([path, (await asked(path, {}, 'POST')).status]).toEqual([path, 401]);
    }
    expect((await asked('/v1/x/../workers/0/heap')).status).toBe(401);
    expect((await asked('//127.0.0.1/v1/pause', { authorization }, 'POST')).status).toBe(400);
  });

  test('answers its own page, and no page of another site', async () => {
    const { asked, port } = await servePage({ token, allowedHosts: ['ops.example'] });
    const statusOf = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (await asked('/v1/health', { authorization, ...headers })).status;
    const own = `127.0.0.1:${port}`;
    expect(await statusOf({ origin: `http://${own}`, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await statusOf({ host: 'ops.example', origin: 'https://ops.example' })).toBe(200);
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${port + 1}` },
      { origin: `http://localhost:${port}` },
      { origin: `http://${own}.evil.example` },
      { origin: `http://${own}`, 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect([headers, await statusOf(headers)]).toEqual([headers, 403]);
      expect((await asked('/', headers)).status).toBe(403);
    }
    expect(await statusOf({ host: 'evil.example', origin: 'http://evil.example' })).toBe(421);
  });

  test('shows nothing without the token when figures are not open', async () => {
    const { asked } = await servePage({ token, openFigures: false });
    expect((await asked('/')).status).toBe(200);
    expect((await asked('/live')).status).toBe(401);
    expect((await asked('/v1/health')).status).toBe(401);
    expect((await asked('/v1/openapi.json')).status).toBe(401);
    expect((await asked('/live', { authorization })).status).toBe(200);
  });

  test('only shows without a token', async () => {
    const { asked } = await servePage();
    expect((await asked('/v1/health')).status).toBe(200);
    expect((await asked('/v1/pause', {}, 'POST')).status).toBe(403);
    expect((await asked('/v1/pause', { authorization }, 'POST')).status).toBe(403);
    expect((await asked('/v1/workers/0/stack')).status).toBe(403);
  });

  test('rejects where somebody who never answers has the port', async () => {
    const mute = net.createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const held: net.Socket[] = [];
    mute.on('connection', (connection) => held.push(connection));
    onTestFinished(() => {
      for (const connection of held) connection.destroy();
      mute.close();
    });
    const { port } = mute.address() as net.AddressInfo;
    const pool = createPool(threads!);
    await expect(serveControl(pool, { port, token })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
