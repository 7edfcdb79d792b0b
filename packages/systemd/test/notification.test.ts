import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { handlerUrl } from '@sockpool/pool-compliance';
import { ProcessPool } from '@sockpool/process-pool';
import { notifyPool, sdNotify } from '@sockpool/systemd';
import { ThreadPool } from '@sockpool/thread-pool';
import { describe, expect, onTestFinished, test } from 'vitest';
import { notifySocket, withoutNotify } from './fixtures/notify-socket.ts';

const skipped = withoutNotify === undefined ? '' : ` (skipped: ${withoutNotify})`;
const { PATH } = process.env;
const upgradable = fileURLToPath(new URL('fixtures/notified-pool.ts', import.meta.url));

describe('sdNotify()', () => {
  test('says that nobody listens without NOTIFY_SOCKET', async () => {
    expect(await sdNotify({ READY: 1 }, { environment: {} })).toBe(false);
    expect(await sdNotify({ READY: 1 }, { environment: { NOTIFY_SOCKET: '' } })).toBe(false);
  });

  test.each([{ ready: 1 }, { 'A=B': 1 }, { STATUS: 'two\nREADY=1' }, { STATUS: 'a\0b' }, {}])(
    'refuses %j',
    async (notification: Record<string, string | number>) => {
      await expect(sdNotify(notification)).rejects.toThrow(TypeError);
    },
  );

  test('rejects with SdNotifyError where systemd-notify is not installed', async () => {
    await expect(
      sdNotify({ READY: 1 }, { environment: { NOTIFY_SOCKET: '/x' }, command: 'no-such-program' }),
    ).rejects.toMatchObject({
      code: 'ERR_SD_NOTIFY',
      message:
        "Cannot notify the service manager: there is no program 'no-such-program'; install systemd's own",
    });
  });
});

describe.skipIf(withoutNotify !== undefined)(`systemd-notify${skipped}`, () => {
  test.each([false, true])('delivers a message, abstract socket: %s', async (abstract) => {
    const socket = await notifySocket(abstract);
    const environment = { PATH, NOTIFY_SOCKET: socket.path };
    expect(await sdNotify({ READY: 1, STATUS: '100 % = done' }, { environment })).toBe(true);
    expect(await socket.next()).toEqual(['READY=1', 'STATUS=100 % = done']);
  });

  test('rejects with SdNotifyError when nobody has bound the socket', async () => {
    const environment = { PATH, NOTIFY_SOCKET: '/nowhere/at/all' };
    await expect(sdNotify({ READY: 1 }, { environment })).rejects.toMatchObject({
      code: 'ERR_SD_NOTIFY',
      message: expect.stringContaining('systemd-notify failed'),
    });
  });

  test.each([
    ['ProcessPool', ProcessPool],
    ['ThreadPool', ThreadPool],
  ])('notifyPool() tells of the life of a %s', async (_name, Pool) => {
    const socket = await notifySocket();
    const environment = { PATH, NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '100000' };
    const pool = new Pool({ handler: handlerUrl('commands'), workers: 2, closeOnSignals: false });
    onTestFinished(async () => void (await pool.destroy()));
    const told = notifyPool(pool, { environment });
    const next = async (): Promise<string[]> => {
      for (;;) {
        const message = await socket.next();
        if (message[0] !== 'WATCHDOG=1') return message;
      }
    };
    await pool.listen();
    expect(await next()).toEqual([
      'READY=1',
      'STATUS=Serving with 2 workers',
      `MAINPID=${process.pid}`,
    ]);
    expect(await socket.next()).toEqual(['WATCHDOG=1']);
    await pool.restart();
    expect(await next()).toEqual([
      'RELOADING=1',
      expect.stringMatching(/^MONOTONIC_USEC=\d+$/),
      'STATUS=Restarting the workers, generation 1',
    ]);
    expect(await next()).toEqual(['READY=1', 'STATUS=Serving with 2 workers']);
    await pool.resize(1);
    expect(await next()).toEqual(['STATUS=Serving with 1 worker']);
    await pool.close();
    await told();
    expect(await next()).toEqual(['STOPPING=1', 'STATUS=Finishing open connections']);
  });

  test('notifyPool() names the new primary of an upgrade, and does not tell that the service stops', async () => {
    const socket = await notifySocket();
    const environment = { PATH, NOTIFY_SOCKET: socket.path };
    const pool = Object.assign(new EventEmitter(), {
      state: 'listening',
      workerCount: 3,
      health: () => ({ liveness: { ok: true } }),
    });
    const told = notifyPool(pool, { environment });
    expect(await socket.next()).toContain('READY=1');
    pool.emit('closing');
    pool.emit('upgraded', 4711);
    pool.emit('closed');
    expect(await socket.next()).toEqual(['MAINPID=4711']);
    await told();
    await sdNotify({ STATUS: 'end' }, { environment });
    expect(await socket.next()).toEqual(['STATUS=end']);
  });

  test('a service that upgrades itself goes on under the process id of its new primary', async () => {
    const socket = await notifySocket();
    const service = spawn(process.execPath, [upgradable, handlerUrl('commands').href], {
      env: { PATH, NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '200000' },
      // What it tells after the test finds no socket, and is warned of.
      stdio: 'ignore',
    });
    onTestFinished(() => void service.kill('SIGKILL'));
    const ended = once(service, 'exit');
    expect(await socket.next()).toContain(`MAINPID=${service.pid}`);
    service.kill('SIGUSR2');
    const pids = new Set<number>();
    let successorPings = false;
    while (pids.size === 0 || !successorPings) {
      const message = await socket.next();
      expect(message).not.toContain('STOPPING=1');
      const [, pid] = /^MAINPID=(\d+)$/m.exec(message.join('\n')) ?? [];
      if (pid !== undefined) pids.add(Number(pid));
      successorPings = message[0] === 'WATCHDOG=1' && service.exitCode !== null;
    }
    expect(await ended).toEqual([0, null]);
    const [successor = 0, ...others] = pids;
    expect(others).toEqual([]);
    expect(successor).not.toBe(service.pid);
    process.kill(successor, 'SIGTERM');
    for (;;) if ((await socket.next())[0] === 'STOPPING=1') break;
  });

  test('notifyPool() sends WATCHDOG=1 only while the pool is live', async () => {
    const socket = await notifySocket();
    const environment = { PATH, NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '20000' };
    const asked: boolean[] = [];
    const emitter = new EventEmitter();
    const pool = Object.assign(emitter, {
      state: 'listening',
      workerCount: 3,
      health: () => {
        asked.push(true);
        emitter.emit('asked');
        return { liveness: { ok: asked.length === 1 } };
      },
    });
    const told = notifyPool(pool, { environment });
    expect(environment).toHaveProperty('WATCHDOG_PID', String(process.pid));
    expect(await socket.next()).toContain('READY=1');
    expect(await socket.next()).toEqual(['WATCHDOG=1']);
    while (asked.length < 5) await once(pool, 'asked');
    pool.emit('closed');
    await told();
    await sdNotify({ STATUS: 'end' }, { environment });
    expect(await socket.next()).toEqual(['STATUS=end']);
  });

  test('notifyPool() gives failures to onError, and the pool goes on', async () => {
    const errors: Error[] = [];
    const pool = Object.assign(new EventEmitter(), {
      state: 'listening',
      workerCount: 1,
      health: () => ({ liveness: { ok: true } }),
    });
    await notifyPool(pool, {
      environment: { PATH, NOTIFY_SOCKET: '/nowhere/at/all' },
      onError: (error) => void errors.push(error),
    })();
    expect(errors).toMatchObject([{ code: 'ERR_SD_NOTIFY' }]);
  });
});
