import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  changingHandler,
  greeting,
  handlerUrl,
  LineClient,
  lineLoad,
  listeningPool,
  type PoolKind,
  serve,
} from '@sockpool/pool-compliance';
import { ProcessPool } from '@sockpool/process-pool';
import { describe, expect, onTestFinished, test } from 'vitest';
import { acceptingInWorkers } from './fixtures/process-pools.ts';

const MODES = [
  ['ProcessPool', 'worker'],
  ['ProcessPool accepting in the primary', 'primary'],
] as const;

/** Ends a program that this test has not started itself. */
function endWithTest(pid: number): void {
  onTestFinished(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      // It has ended by itself.
      expect(error).toMatchObject({ code: 'ESRCH' });
    }
  });
}

/** The text that a client is greeted with. */
async function greetingOf(
  address: Parameters<typeof LineClient.connect>[0],
): Promise<string | undefined> {
  await using client = await LineClient.connect(address);
  return await client.next();
}

test('A new primary that does not listen in time is killed, and the pool serves on', async () => {
  const main = fileURLToPath(new URL('./fixtures/upgrade-to-nothing.ts', import.meta.url));
  // Its output ends when the new primary, which inherits it, has ended as well.
  const { stdout } = await promisify(execFile)(process.execPath, [
    main,
    handlerUrl('commands').href,
  ]);
  expect(stdout).toBe(
    'listening: Cannot upgrade to a new primary, so the pool serves on: it did not listen within 200 ms\n',
  );
});

describe.each(MODES)('%s upgrading', (name, accept) => {
  const kind: PoolKind = { ...acceptingInWorkers, name, options: { accept } };

  test('SIGUSR2 hands every port to a new primary under load, and no client notices', async () => {
    const options = { handler: handlerUrl('echo-lines').href, controlSignals: true };
    const program = await serve(kind, options, {
      listen: [{}, { host: '127.0.0.2' }],
      servesHealth: true,
    });
    const loads = program.addresses.map((address) => lineLoad(address));
    await Promise.all(loads.map(({ underWay }) => underWay));
    program.child.kill('SIGUSR2');
    const pid = (await program.event('upgraded')) as number;
    endWithTest(pid);
    expect(pid).not.toBe(program.child.pid);
    expect(await program.event('listening')).toMatchObject({
      pid,
      addresses: program.addresses,
      healthPort: program.healthPort,
    });
    expect(await program.event('closed')).toMatchObject({ cutConnections: 0 });
    expect(await program.ended).toEqual([0, null]);
    // Once more, by the new primary.
    process.kill(pid, 'SIGUSR2');
    const next = (await program.event('upgraded')) as number;
    endWithTest(next);
    expect(await program.event('closed')).toMatchObject({ cutConnections: 0 });
    for (const load of loads) expect((await load.stop()).errors).toEqual({});
    process.kill(next, 'SIGTERM');
    expect(await program.event('closed')).toMatchObject({ cutConnections: 0 });
    for (const address of program.addresses) {
      const late = LineClient.start(address);
      expect(await late.ended).toEqual({ errorCode: 'ECONNREFUSED' });
    }
  });

  test('a new primary that ends before it listens changes nothing, and the next one may succeed', async () => {
    const handler = await changingHandler(greeting('old'));
    const program = await serve(kind, { handler: handler.path, controlSignals: true });
    await handler.write("throw new Error('gone bad');");
    program.child.kill('SIGUSR2');
    expect(await program.event('upgradeFailed')).toBe(
      'Cannot upgrade to a new primary, so the pool serves on: it ended with exit code 1 before it listened',
    );
    expect(await greetingOf(program.address)).toBe('old');
    await handler.write(greeting('new'));
    program.child.kill('SIGUSR2');
    endWithTest((await program.event('upgraded')) as number);
    // Until it has ended, its workers may still accept one or the other client.
    expect(await program.ended).toEqual([0, null]);
    expect(await greetingOf(program.address)).toBe('new');
  });

  test('refuses before listen(), after close(), and for a unix-domain socket', async () => {
    const pool = new ProcessPool({ handler: handlerUrl('commands'), accept });
    await expect(pool.upgrade()).rejects.toMatchObject({ code: 'ERR_POOL_NOT_LISTENING' });
    await pool.close();
    await expect(pool.upgrade()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    const path = `/tmp/sockpool-upgrade-${process.pid}-${accept}.sock`;
    const { pool: local } = await listeningPool(kind, { workers: 1 }, { path });
    await expect((local as ProcessPool).upgrade()).rejects.toMatchObject({
      code: 'ERR_UPGRADE_FAILED',
      message: expect.stringContaining('the unix-domain socket'),
    });
    expect(local.state).toBe('listening');
  });
});

test('A server listens beside the pool, until it is closed; a port that is taken is named', async () => {
  const { pool } = await listeningPool(acceptingInWorkers, { workers: 1 });
  const processes = pool as ProcessPool;
  const admin = createServer((_, response) => response.end('admin'));
  const listener = await processes.listenBeside(admin);
  const { port } = listener.address as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('admin');
  await expect(processes.listenBeside(createServer(), { port })).rejects.toThrow(
    `Cannot listen on 127.0.0.1 port ${port}: it is in use (EADDRINUSE)`,
  );
  await expect(processes.listenBeside(createServer(), { prot: 1 } as object)).rejects.toThrow(
    'did you mean port?',
  );
  await pool.close();
  expect(listener.open).toBe(true);
  expect([listener.close(), listener.close(), listener.open]).toEqual([true, false, false]);
  await expect(processes.listenBeside(createServer())).rejects.toMatchObject({
    code: 'ERR_POOL_CLOSED',
  });
});
