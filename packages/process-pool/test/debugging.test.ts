import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { handlerUrl, LineClient } from '@sockpool/pool-compliance';
import { ProcessPool } from '@sockpool/process-pool';
import { expect, test } from 'vitest';

const options = { handler: handlerUrl('commands'), closeOnSignals: false, bootTimeoutMs: 60_000 };

/**
 * Finds a port that nobody listens on, nor on the ones after it. It is none of those that the
 * system gives to who asks for any, which may be taken again at once.
 */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const servers: net.Server[] = [];
    try {
      for (let next = port; next < port + count; next += 1) {
        const server = net.createServer().listen(next, '127.0.0.1');
        servers.push(server);
        await once(server, 'listening');
      }
      return port;
    } catch {
      // Somebody listens there.
    } finally {
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    }
  }
}

/** The address of the debugger on a port, when it is there. */
async function debuggerAt(port: number): Promise<string> {
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
      const [target] = (await answer.json()) as { readonly webSocketDebuggerUrl: string }[];
      if (target !== undefined) return target.webSocketDebuggerUrl;
    } catch {
      // Not yet.
    }
  }
}

test('Workers that are debugged have a port each, and a restart gives them others', async () => {
  const port = await freePorts(4);
  await using pool = new ProcessPool({
    ...options,
    workers: 2,
    execArgv: [`--inspect=127.0.0.1:${port}`],
  });
  const address = await pool.listen();
  const urls = await Promise.all([port, port + 1].map(debuggerAt));
  expect(new Set(urls).size).toBe(2);
  // The old workers have their ports while the new ones start.
  await pool.restart();
  const client = await LineClient.connect(address);
  expect(await client.ask('execArgv')).toMatch(
    new RegExp(`"--inspect-port=(${port + 2}|${port + 3})"`),
  );
  await client.end();
  await Promise.all([port + 2, port + 3].map(debuggerAt));
  // And the lowest ones again once they are free.
  await pool.restart();
  await Promise.all([port, port + 1].map(debuggerAt));
});

test('A worker that waits for a debugger is given all the time that takes', async () => {
  const port = await freePorts(1);
  await using pool = new ProcessPool({
    ...options,
    workers: 1,
    bootTimeoutMs: 1,
    execArgv: [`--inspect-brk=127.0.0.1:${port}`],
  });
  const listening = pool.listen();
  const socket = new WebSocket(await debuggerAt(port));
  await once(socket, 'open');
  socket.addEventListener('message', ({ data }) => {
    const { method } = JSON.parse(String(data)) as { readonly method?: string };
    if (method === 'Debugger.paused') socket.send('{"id":3,"method":"Debugger.resume"}');
  });
  socket.send('{"id":1,"method":"Debugger.enable"}');
  socket.send('{"id":2,"method":"Runtime.runIfWaitingForDebugger"}');
  const client = await LineClient.connect(await listening);
  expect(await client.ask('echo debugged')).toBe('DEBUGGED');
  await client.end();
  socket.close();
});
