import { describe, expect, test } from 'vitest';
import { runLoad } from '../src/index.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';

describe('churn', () => {
  test.each([
    ['closed', { requests: 10 }],
    ['open', { rate: 2000, totalRequests: 30 }],
  ])('%s: a connection is opened anew after its requests', async (_model, limits) => {
    const perSocket: number[] = [];
    await using server = await startServer((socket, index) => {
      perSocket[index] = 0;
      socket.on('data', (chunk) => {
        perSocket[index] = (perSocket[index] ?? 0) + 1;
        socket.write(chunk.toString().toUpperCase());
      });
    });
    const result = await runLoad({
      port: server.port,
      connections: 3,
      requestsPerConnection: 4,
      ...limits,
    });
    expect(result.requests).toMatchObject({ sent: 30, right: 30, failed: 0 });
    expect(Math.max(...perSocket)).toBe(4);
    expect(result.opened).toBeGreaterThanOrEqual(8);
    expect(result.connectTime.count).toBe(result.opened);
    expect(perSocket.reduce((sum, count) => sum + count)).toBe(30);
  });
});

describe('connecting', () => {
  test('no more connections are opened a second than the connect rate, whatever is due', async () => {
    const acceptedMs: number[] = [];
    await using server = await startServer((socket) => {
      acceptedMs.push(performance.now());
      echoUpperCase(socket);
    });
    const startedMs = performance.now();
    const result = await runLoad({ port: server.port, connections: 20, connectRate: 100 });
    expect(result.opened).toBe(20);
    // The n-th may be opened n * 10 ms after the start; a busy machine is only later.
    for (const [index, ms] of acceptedMs.entries()) {
      expect(ms - startedMs).toBeGreaterThanOrEqual(index * 10 - 1);
    }
  });

  test('the ramp-up of the closed model spreads the connects', async () => {
    const acceptedMs: number[] = [];
    await using server = await startServer((socket) => {
      acceptedMs.push(performance.now());
      echoUpperCase(socket);
    });
    const startedMs = performance.now();
    await runLoad({ port: server.port, connections: 10, rampUpMs: 200 });
    for (const [index, ms] of acceptedMs.entries()) {
      expect(ms - startedMs).toBeGreaterThanOrEqual(index * 20 - 1);
    }
  });

  test('the ramp-up of the open model raises the rate from 0', async () => {
    await using server = await startServer(echoUpperCase);
    const result = await runLoad({
      port: server.port,
      connections: 8,
      rate: 1000,
      rampUpMs: 200,
      durationMs: 400,
    });
    // 100 during the rise and 200 after it.
    expect(result.requests).toMatchObject({ sent: 300, unsent: 0 });
    expect(result.settings.schedule).toMatchObject([
      { durationMs: 200, rate: 0, toRate: 1000 },
      { durationMs: 200, rate: 1000, toRate: 1000 },
    ]);
  });

  test('an attempt that takes too long is counted as connectTimeout', async () => {
    // A TLS client waits for a handshake that this server never begins.
    await using server = await startServer(() => {});
    const result = await runLoad({
      port: server.port,
      tls: { rejectUnauthorized: false },
      connectTimeoutMs: 60,
      reconnectAttempts: 1,
      reconnectDelayMs: 0,
    });
    expect(result.errors.connectTimeout).toBe(2);
    expect(result.requests).toMatchObject({ sent: 0, unsent: 1 });
  });

  test('think times lie within their bounds', async () => {
    await using server = await startServer(echoUpperCase);
    const repliedMs: number[] = [];
    const sentMs: number[] = [];
    const result = await runLoad({
      port: server.port,
      requests: 8,
      thinkMs: [20, 40],
      onReply: ({ latencyMs }) => {
        const nowMs = performance.now();
        repliedMs.push(nowMs);
        sentMs.push(nowMs - latencyMs);
      },
    });
    expect(result.requests.right).toBe(8);
    // Node may round a timer down by a millisecond.
    for (const [index, ms] of sentMs.slice(1).entries()) {
      expect(ms - (repliedMs[index] ?? 0)).toBeGreaterThanOrEqual(18);
    }
    expect(result.durationMs).toBeGreaterThanOrEqual(8 * 18);
  });
});

describe('sending again', () => {
  test.each([
    ['closed', { thinkMs: [0, 5] as const }],
    ['open', { rate: 100 }],
  ])('goes on behind the end of the run: %s', async (_model, load) => {
    const stop = new AbortController();
    let asked = 0;
    await using server = await startServer((socket) => {
      socket.on('data', (chunk) => {
        asked += 1;
        if (asked !== 5) {
          socket.write(chunk.toString().toUpperCase());
          return;
        }
        // The run is over before this one is lost.
        stop.abort();
        setTimeout(() => socket.resetAndDestroy(), 200);
      });
    });
    const result = await runLoad({
      ...load,
      port: server.port,
      messages: ['a'],
      durationMs: 600_000,
      drainMs: 60_000,
      retries: 1,
      stopSignal: stop.signal,
    });
    expect(result.requests).toMatchObject({ failed: 0, unanswered: 0, unsent: 0, retried: 1 });
    expect(result.requests.right).toBe(result.requests.sent);
    expect(server.accepted()).toBe(2);
  });
});

describe('reconnecting', () => {
  test('a connection gives up after its attempts, and progress forgives the failures before it', async () => {
    await using server = await startServer((socket, index) => {
      // Each second connection is reset before any reply.
      if (index % 2 === 0) socket.once('data', () => socket.resetAndDestroy());
      else {
        socket.once('data', (chunk) => {
          socket.write(chunk.toString().toUpperCase());
          socket.once('data', () => socket.resetAndDestroy());
        });
      }
    });
    const target = { port: server.port, messages: ['a'], reconnectDelayMs: 0 };
    const forgiven = await runLoad({ ...target, requests: 9, reconnectAttempts: 2 });
    expect(forgiven.requests).toMatchObject({ sent: 9, right: 3, failed: 6, unsent: 0 });
    expect(forgiven.errors.reset).toBe(6);

    await using resetting = await startServer((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    const port = resetting.port;
    const gaveUp = await runLoad({ ...target, port, requests: 9, reconnectAttempts: 2 });
    expect(gaveUp.requests).toMatchObject({ sent: 3, failed: 3, unsent: 6 });
    expect(resetting.accepted()).toBe(3);
  });

  test('a connection that the peer closes while idle is opened at once, and nothing is an error', async () => {
    // Ends each connection a moment after its second reply, while the client thinks.
    await using server = await startServer((socket) => {
      let replies = 0;
      socket.on('data', (chunk) => {
        replies += 1;
        socket.write(chunk.toString().toUpperCase(), () => {
          if (replies === 2) socket.end();
        });
      });
    });
    const result = await runLoad({
      port: server.port,
      connections: 2,
      requests: 4,
      thinkMs: [200, 200],
      // A wait of a minute would show.
      reconnectDelayMs: 60_000,
      reconnectAttempts: 0,
      messages: ['a'],
    });
    expect(result.requests).toMatchObject({ sent: 8, right: 8, failed: 0, unsent: 0 });
    // The last close of a connection may come when it has done its work.
    expect(result.closedWhileIdle).toBeGreaterThanOrEqual(2);
    expect(result.opened).toBe(4);
    expect(Object.values(result.errors).every((count) => count === 0)).toBe(true);
  });

  test('a peer that ends every connection at once makes the client give up, with the requests unsent', async () => {
    await using server = await startServer((socket) => socket.end());
    const result = await runLoad({
      port: server.port,
      requests: 3,
      thinkMs: [1000, 1000],
      reconnectAttempts: 2,
      reconnectDelayMs: 1,
    });
    expect(result.requests).toMatchObject({ sent: 0, unsent: 3 });
    expect(result.closedWhileIdle).toBe(server.accepted());
    expect(result.closedWhileIdle).toBe(3);
  });
});
