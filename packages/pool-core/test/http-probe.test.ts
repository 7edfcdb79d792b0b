import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { httpProbe } from '../src/primary/rollouts/http-probe.ts';
import type { ProbeTarget } from '../src/options/workers/rollout-options.ts';

/** A worker that a server of the test stands in for. */
async function target(server: net.Server, signal = new AbortController().signal) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const address = server.address() as net.AddressInfo;
  const made: ProbeTarget = {
    worker: { workerId: 0, nativeId: 1, generation: 1, state: 'ready' },
    address,
    connect: async () => net.connect(address.port, address.address),
    signal,
  };
  return made;
}

test('httpProbe() sends one request, and leaves no connection', async () => {
  const asked: unknown[] = [];
  const server = http.createServer(({ method, url, headers }, response) => {
    asked.push([method, url, headers.host, headers['x-probe']]);
    response.writeHead(302).end('x'.repeat(100_000));
  });
  await httpProbe('/health', { headers: { host: 'site', 'x-probe': '1' } })(await target(server));
  expect(asked).toEqual([['GET', '/health', 'site', '1']]);
  server.close();
  await once(server, 'close');
});

test.each([400, 404, 503])('httpProbe() rejects for status %d', async (status) => {
  const server = http.createServer((_, response) => response.writeHead(status).end());
  await expect(httpProbe('/health')(await target(server))).rejects.toThrow(
    `GET /health was answered with ${status}`,
  );
});

test('httpProbe() rejects when the connection breaks, also in the midst of a response', async () => {
  const early = net.createServer((socket) => socket.destroy());
  await expect(httpProbe('/')(await target(early))).rejects.toThrow();
  const late = http.createServer((_, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('12345', () => response.destroy());
  });
  await expect(httpProbe('/')(await target(late))).rejects.toThrow();
});

test('httpProbe() ends when its time is over', async () => {
  const ending = new AbortController();
  const silent = http.createServer(() => ending.abort());
  const probed = httpProbe('/')(await target(silent, ending.signal));
  await expect(probed).rejects.toMatchObject({ name: 'AbortError' });
});

test('httpProbe() refuses what is no path', () => {
  expect(() => httpProbe('health')).toThrow(TypeError);
  expect(() => httpProbe('/', null as never)).toThrow(TypeError);
});
