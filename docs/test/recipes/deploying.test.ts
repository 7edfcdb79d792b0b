import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { exchange, installPrograms, runServer } from '@sockpool/pool-compliance';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GUIDE_POOLS, NODE_MODULES, type GuidePool, programOf } from '../guide-programs.ts';

const NEW_PIDS = ['--pid', '--fork', '--kill-child'];
const hasNamespaces = spawnSync('unshare', [...NEW_PIDS, 'true']).status === 0;

async function install(pool: GuidePool): Promise<string> {
  return installPrograms(NODE_MODULES, {
    'handler.ts': await programOf(pool, 'handlers', 'handler.ts'),
    'server.ts': await programOf(pool, 'recipes/deploying', 'container-server.ts'),
  });
}

describe.each(GUIDE_POOLS)('container-server.ts on a $Pool', (pool) => {
  test('listens on every address', async () => {
    const { port, terminate } = await runServer(await install(pool));
    const socket = net.connect(port, '127.0.0.2');
    onTestFinished(() => void socket.destroy());
    socket.end('hello');
    expect(await text(socket)).toBe('HELLO');
    expect(await terminate()).toBe(0);
  });

  test.runIf(hasNamespaces)(
    'is process 1, and closes at SIGTERM (needs unshare, as root)',
    async () => {
      const container = spawn('unshare', [...NEW_PIDS, process.execPath, 'server.ts'], {
        cwd: await install(pool),
        env: { ...process.env, PORT: '0' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void container.kill('SIGKILL'));
      const ended = once(container, 'exit');
      const [line] = (await once(createInterface(container.stdout), 'line')) as [string];
      const port = Number(/port: (\d+)/.exec(line)?.[1]);
      expect(await exchange(port, 'hello')).toBe('HELLO');
      const { pid } = container;
      const firstProcess = Number(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'));
      expect(await readFile(`/proc/${firstProcess}/status`, 'utf8')).toMatch(/^NSpid:.*\t1$/m);
      // The kernel drops a signal for process 1 that it has no listener for.
      process.kill(firstProcess, 'SIGTERM');
      expect(await ended).toEqual([0, null]);
    },
  );
});
