import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createPool } from '@sockpool/pool-compliance';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ControlClient, controlDirectory, findControlSockets, serveControl } from '../src/index.ts';
import { ask } from './fixtures/ask.ts';
import { controlledPool, temporaryFolder } from './fixtures/controlled-pool.ts';
import { KINDS } from './fixtures/pools.ts';

const [, threads] = KINDS;
const kind = threads!;
const token = 'a-token-of-many-characters';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('The control socket', () => {
  test('is for this user alone: its mode is 0600', async () => {
    const { path } = await controlledPool(kind);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test.runIf(process.getuid?.() === 0)('lets no other user in', async () => {
    const { path } = await controlledPool(kind);
    await chmod(dirname(path), 0o755);
    const program = `require('node:net').connect(${JSON.stringify(path)})
      .on('connect', () => process.exit(0)).on('error', ({ code }) => { console.log(code); process.exit(1); });`;
    const other = spawn(process.execPath, ['-e', program], { uid: 65_534, gid: 65_534, cwd: '/' });
    const [printed] = await once(other.stdout, 'data');
    expect(String(printed).trim()).toBe('EACCES');
    expect(await new ControlClient({ path }).about()).toMatchObject({ pid: process.pid });
  });

  test('is by itself in a folder of mode 0700, under the name of the pool and its process', async () => {
    const runtime = await temporaryFolder();
    vi.stubEnv('RUNTIME_DIRECTORY', runtime);
    const pool = createPool(kind);
    await using control = await serveControl(pool, { name: 'shop' });
    expect(control.address).toBe(join(runtime, 'sockpool', `shop-${process.pid}.sock`));
    expect((await stat(join(runtime, 'sockpool'))).mode & 0o777).toBe(0o700);
    expect(await findControlSockets()).toEqual([control.address]);
  });

  test.each([
    [{ RUNTIME_DIRECTORY: '/run/a:/run/b' }, '/run/a/sockpool'],
    [{ XDG_RUNTIME_DIR: '/run/user/1' }, '/run/user/1/sockpool'],
  ])('is looked for in the folder that %j names', (environment, folder) => {
    expect(controlDirectory({ environment })).toBe(folder);
  });

  test('is refused in a folder that others may enter, and in the place of something else', async () => {
    const runtime = await temporaryFolder();
    vi.stubEnv('RUNTIME_DIRECTORY', runtime);
    await mkdir(join(runtime, 'sockpool'));
    await chmod(join(runtime, 'sockpool'), 0o755);
    const pool = createPool(kind);
    await expect(serveControl(pool)).rejects.toThrow(/its mode is 0755, not 0700/);
    const elsewhere = await temporaryFolder();
    vi.stubEnv('RUNTIME_DIRECTORY', elsewhere);
    await symlink(runtime, join(elsewhere, 'sockpool'));
    await expect(serveControl(pool)).rejects.toThrow(/it is no folder/);
    await writeFile(join(runtime, 'file'), '');
    await expect(serveControl(pool, { path: join(runtime, 'file') })).rejects.toThrow(
      'there is a file that is no socket',
    );
    await expect(
      serveControl(pool, { path: join(runtime, 'x'.repeat(120)) }),
    ).rejects.toMatchObject({ code: 'ERR_CONTROL_SOCKET' });
  });

  test('takes the place of one that a dead program has left, and of no living one', async () => {
    const { path } = await controlledPool(kind);
    const other = createPool(kind);
    await expect(serveControl(other, { path })).rejects.toThrow('another program listens there');
    await expect(serveControl({ pool: other } as unknown as typeof other)).rejects.toThrow(
      'The pool of serveControl() must be a ProcessPool or a ThreadPool, got an object of class Object',
    );
    const left = join(await temporaryFolder(), 'left.sock');
    const program = `require('node:net').createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', program]), 'exit');
    await using control = await serveControl(other, { path: left });
    expect(await new ControlClient({ path: left }).about()).toMatchObject({ pid: process.pid });
    await control.close();
    await expect(stat(left)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is left alone at the end when it is no longer its own', async () => {
    const { path, control } = await controlledPool(kind);
    const { rename } = await import('node:fs/promises');
    await rename(path, `${path}.moved`);
    const other = createServer().listen(path);
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    await control.close();
    expect((await stat(path)).isSocket()).toBe(true);
  });
});

describe('The control API refuses', () => {
  test('a missing and a wrong token, also one in the URL', async () => {
    const { path, client } = await controlledPool(kind, {}, { token });
    expect(await client.health()).toHaveProperty('readiness');
    const statuses = await Promise.all(
      [
        {},
        { authorization: token },
        { authorization: `Basic ${token}` },
        { authorization: `Bearer ${token}x` },
        { authorization: `Bearer ${token.slice(1)}` },
        { authorization: 'Bearer ' },
      ].map(async (headers) => {
        const { status, headers: answer } = await ask(path, { path: '/v1/health', headers });
        return [status, answer['www-authenticate']];
      }),
    );
    expect(statuses).toEqual(statuses.map(() => [401, 'Bearer']));
    expect((await ask(path, { path: `/v1/health?token=${token}` })).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    const asked = await ask(path, { path: `/v1/health?token=${token}`, headers });
    expect(asked.status).toBe(400);
  });

  test('a port without a token, and a token that is short, without showing it', async () => {
    const pool = createPool(kind);
    await expect(serveControl(pool, { port: 0 })).rejects.toThrow(
      'Cannot serve control on port 0 without a token',
    );
    const short = serveControl(pool, { token: 'secret' });
    await expect(short).rejects.toThrow(TypeError);
    await expect(short).rejects.not.toThrow('secret');
  });

  test('web pages and other hosts, on a socket and on a port', async () => {
    const pool = createPool(kind);
    await using control = await serveControl(pool, {
      port: 0,
      token,
      allowedHosts: ['ops.example'],
    });
    if (typeof control.address !== 'object') throw new TypeError('no port');
    const { port } = control.address;
    const authorization = `Bearer ${token}`;
    const status = async (headers: Record<string, string>): Promise<number> => {
      const asked = { socketPath: undefined, host: '127.0.0.1', port, path: '/v1/health' };
      return (await ask('', { ...asked, headers: { authorization, ...headers } })).status;
    };
    expect(await status({})).toBe(200);
    expect(await status({ host: `localhost:${port}` })).toBe(200);
    expect(await status({ host: 'ops.example' })).toBe(200);
    expect(await status({ host: 'evil.example' })).toBe(421);
    expect(await status({ host: 'localhost.evil.example' })).toBe(421);
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin: `http://127.0.0.1:${port}` })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    const client = new ControlClient({ port, token });
    expect(await client.about()).toMatchObject({ pid: process.pid });
  });

  test('bodies that are too long, no JSON, no object, or another type', async () => {
    const { path } = await controlledPool(kind, {}, { maxBodyBytes: 100 });
    const post = async (body: string | Buffer, type = 'application/json'): Promise<number> =>
      (
        await ask(path, {
          method: 'POST',
          path: '/v1/pause',
          headers: { 'content-type': type },
          body,
        })
      ).status;
    expect(await post('{}')).toBe(200);
    expect(await post('')).toBe(200);
    expect(await post('{')).toBe(400);
    expect(await post('[]')).toBe(400);
    expect(await post('null')).toBe(400);
    expect(await post('{"__proto__":{}}')).toBe(400);
    expect(await post(Buffer.from([0x7b, 0xff, 0x7d]))).toBe(400);
    expect(await post('{}', 'text/plain')).toBe(415);
    expect(await post(JSON.stringify({ filling: 'x'.repeat(100) }))).toBe(413);
    const headers = { 'transfer-encoding': 'chunked', 'content-type': 'application/json' };
    const chunked = { method: 'POST', path: '/v1/pause', headers, body: 'x'.repeat(200) };
    expect((await ask(path, chunked)).status).toBe(413);
    const get = { path: '/v1', headers: { 'content-length': '2' }, body: '{}' };
    expect((await ask(path, get)).status).toBe(413);
  });

  test('other methods, other paths, parameters that are there twice', async () => {
    const { path } = await controlledPool(kind);
    const status = async (method: string, url: string): Promise<number> =>
      (await ask(path, { method, path: url })).status;
    expect(await status('GET', '/v1/restart')).toBe(405);
    expect(await status('DELETE', '/v1')).toBe(405);
    expect(await status('GET', '/v2')).toBe(404);
    expect(await status('GET', '/')).toBe(404);
    expect(await status('GET', '//localhost/v1')).toBe(400);
    expect(await status('GET', '/v1/workers/00000/stack')).toBe(404);
    expect(await status('GET', '/v1/workers/-1/stack')).toBe(404);
    expect(await status('GET', '/v1/connections?limit=1&limit=2')).toBe(400);
    expect(await status('GET', '/v1/connections?limit=-1')).toBe(400);
    expect(await status('GET', '/v1/connections?limits=1')).toBe(400);
    expect(await status('GET', '/v1/events?only=nothing')).toBe(400);
  });
});
