import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bootDoor } from '../../boot-door.ts';
import { requirement } from '../../capabilities.ts';
import { LineClient } from '../../clients/line-client.ts';
import {
  createPool,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from '../../pool-under-test.ts';

async function socketPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'pool.sock');
}

/** What a pool does while nothing goes wrong. */
export function describeServing(kind: PoolKind): void {
  const elsewhere = requirement(kind, 'runsApart', 'acceptsInWorkers');
  describe(`${kind.name} serves`, () => {
    test('replies to clients on every worker, on 127.0.0.1 by default', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 3,
        maxConnectionsPerWorker: 1,
      });
      const clients = await Promise.all([connect(), connect(), connect()]);
      expect(await Promise.all(clients.map((client) => client.ask('echo hello')))).toEqual([
        'HELLO',
        'HELLO',
        'HELLO',
      ]);
      expect(new Set(await Promise.all(clients.map((client) => client.ask('worker')))).size).toBe(
        3,
      );
      expect(pool.address).toMatchObject({ address: '127.0.0.1' });
    });

    test('keeps bytes that a client sends right after it connects, and answers them before its end', async () => {
      const { pool } = await listeningPool(kind);
      const replies = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const client = LineClient.start(pool.address);
          client.socket.write(`echo early ${index}\n`);
          client.socket.end();
          const reply = await client.next();
          return [reply, (await client.ended).errorCode];
        }),
      );
      expect(replies).toEqual(replies.map((_, index) => [`EARLY ${index}`, undefined]));
    });

    test('passes workerData and gives each worker its id', async () => {
      const { connect } = await listeningPool(kind, { workerData: { greeting: ['hi', 1] } });
      const [first, second] = await oneClientPerWorker(connect, 2);
      expect(await first?.ask('data')).toBe('{"greeting":["hi",1]}');
      expect(await second?.ask('worker')).toBe('1');
    });

    if (kind.capabilities.servesUnixSockets === true) {
      test('serves a unix-domain socket, also when it is full', async () => {
        const path = await socketPath();
        const { pool, connect } = await listeningPool(
          kind,
          { maxConnectionsPerWorker: 1 },
          { path },
        );
        expect(pool.address).toBe(path);
        const replies = await Promise.all(
          Array.from({ length: 20 }, async () => {
            const client = await connect();
            const reply = await client.ask('echo unix');
            return [reply, (await client.end()).errorCode];
          }),
        );
        expect(replies).toEqual(Array.from({ length: 20 }, () => ['UNIX', undefined]));
        expect(await pool.close()).toMatchObject({ cutConnections: 0 });
        await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
      });

      test('takes over the file of a unix-domain socket that no process uses any more, and gives it the mode', async () => {
        const path = await socketPath();
        const main = `require('node:net').createServer().listen(${JSON.stringify(path)}, () =>
          process.kill(process.pid, 'SIGKILL'))`;
        await once(spawn(process.execPath, ['--eval', main]), 'exit');
        await access(path);
        const { connect } = await listeningPool(kind, {}, { path, mode: 0o620 });
        expect((await stat(path)).mode & 0o777).toBe(0o620);
        expect(await (await connect()).ask('echo taken over')).toBe('TAKEN OVER');
      });

      test('leaves alone a unix-domain socket in use, and a file that is none', async () => {
        const path = await socketPath();
        const { connect } = await listeningPool(kind, {}, { path });
        const refused = {
          code: 'EADDRINUSE',
          message: `Cannot listen on '${path}': it is in use (EADDRINUSE)`,
        };
        await expect(createPool(kind).listen({ path })).rejects.toMatchObject(refused);
        expect(await (await connect()).ask('echo mine')).toBe('MINE');
        // Bound, so that somebody is about to listen.
        const starting = await socketPath();
        const bound = new net.BoundSocket({ path: starting } as net.BoundSocketOptions);
        await expect(createPool(kind).listen({ path: starting })).rejects.toMatchObject({
          code: 'EADDRINUSE',
        });
        bound.close();
        const file = await socketPath();
        await writeFile(file, 'precious');
        await expect(createPool(kind).listen({ path: file })).rejects.toMatchObject({
          code: 'EADDRINUSE',
        });
        expect(await readFile(file, 'utf8')).toBe('precious');
      });
    } else {
      test('refuses a unix-domain socket by a typed error', async () => {
        await expect(createPool(kind).listen({ path: await socketPath() })).rejects.toMatchObject({
          code: 'ERR_SOCKET_TRANSFER_UNSUPPORTED',
        });
      });
    }

    test('listens on IPv6', async () => {
      const { pool, connect } = await listeningPool(kind, {}, { host: '::1' });
      expect(pool.address).toMatchObject({ address: '::1', family: 'IPv6' });
      expect(await (await connect()).ask('echo six')).toBe('SIX');
    });

    test('resolves a host name', async () => {
      const { connect } = await listeningPool(kind, {}, { host: 'localhost' });
      expect(await (await connect()).ask('echo name')).toBe('NAME');
    });

    test('rejects listen() with EADDRINUSE on a taken port, and leaves nothing behind', async () => {
      const other = net.createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      onTestFinished(() => void other.close());
      const { port } = other.address() as net.AddressInfo;
      const pool = createPool(kind);
      await expect(pool.listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
      expect(pool.state).toBe('closed');
      expect((await pool.stats()).workers).toEqual([]);
    });

    test('rejects listen() with EADDRINUSE and the address when another program is faster to listen on it', async () => {
      // Where this thread itself listens it is never faster than the test.
      const door = elsewhere.missing ? undefined : await bootDoor();
      door?.holdProcesses();
      const pool = createPool(kind, { workers: 1 });
      const starting = door?.loading();
      const listening = pool.listen();
      listening.catch(() => undefined);
      // The pool has bound the port, and the process that is to listen on it has only begun to start.
      const waiting = await starting;
      while (pool.address === undefined) await nextTurn();
      const { port } = pool.address as net.AddressInfo;
      const other = net.createServer().listen(new net.BoundSocket({ host: '127.0.0.1', port }));
      onTestFinished(() => void other.close());
      waiting?.end();
      await expect(listening).rejects.toMatchObject({
        code: 'EADDRINUSE',
        syscall: 'listen',
        address: '127.0.0.1',
        port,
        message: `Cannot listen on 127.0.0.1 port ${port}: it is in use (EADDRINUSE)`,
      });
      expect(pool.state).toBe('closed');
      expect(other.listening).toBe(true);
    });

    test('gives the same promise to a second listen()', async () => {
      const pool = createPool(kind);
      expect(pool.listen()).toBe(pool.listen());
      await pool.listen();
      expect(pool.state).toBe('listening');
    });

    test('counts connections, messages, and socket errors in its stats', async () => {
      const { pool, connect } = await listeningPool(kind, {
        workers: 2,
        maxConnectionsPerWorker: 1,
      });
      const [first, second] = await Promise.all([connect(), connect()]);
      await first.ask('echo one');
      await first.ask('echo two');
      await second.ask('echo three');
      const during = await pool.stats();
      expect(during.state).toBe('listening');
      expect(during.total).toMatchObject({
        activeConnections: 2,
        totalConnections: 2,
        messages: 3,
      });
      expect(during.workers.map(({ workerId, state }) => [workerId, state])).toEqual([
        [0, 'ready'],
        [1, 'ready'],
      ]);
      for (const { report } of during.workers) {
        expect(report?.heapUsedBytes).toBeGreaterThan(100_000);
        expect(report?.rssBytes).toBeGreaterThan(1_000_000);
        expect(report?.eventLoopUtilization).toBeGreaterThanOrEqual(0);
      }
      first.socket.resetAndDestroy();
      await first.ended;
      await expect.poll(async () => (await pool.stats()).total.socketErrors).toBe(1);
      expect((await pool.stats()).total).toMatchObject({
        activeConnections: 1,
        totalConnections: 2,
      });
    });

    test('goes on after a client that resets its connection', async () => {
      const { connect } = await listeningPool(kind, { workers: 1 });
      const rude = await connect();
      const native = await rude.ask('native');
      rude.socket.resetAndDestroy();
      expect(await (await connect()).ask('native')).toBe(native);
    });

    test('accepts nothing while paused, keeps open connections, and serves those who waited', async () => {
      const { pool, connect } = await listeningPool(kind);
      const early = await connect();
      expect(await early.ask('echo before')).toBe('BEFORE');
      pool.pause();
      pool.pause();
      // Workers that accept by themselves have obeyed once they have answered this.
      await pool.stats();
      const late = await connect();
      late.send('echo waited');
      expect(await early.ask('echo meanwhile')).toBe('MEANWHILE');
      expect((await pool.stats()).total.totalConnections).toBe(1);
      pool.resume();
      expect(await late.next()).toBe('WAITED');
    });
  });
}
