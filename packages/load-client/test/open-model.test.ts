import { describe, expect, test } from 'vitest';
import { runLoad } from '../src/index.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';

describe('open model', () => {
  test('requests that were due and never sent are counted as unsent', async () => {
    await using server = await startServer((socket) => {
      // Answers nothing, so that each connection is busy with its first request for ever.
      socket.on('data', () => {});
    });
    const result = await runLoad({
      port: server.port,
      connections: 3,
      rate: 100,
      durationMs: 2_000,
      drainMs: 0,
      replyTimeoutMs: 60_000,
    });
    expect(result.requests).toMatchObject({ sent: 3, unanswered: 3, right: 0, unsent: 197 });
  });

  test('every request of a bounded run is sent, by every thread together', async () => {
    await using server = await startServer(echoUpperCase);
    const result = await runLoad({
      port: server.port,
      connections: 4,
      threads: 2,
      rate: 2000,
      totalRequests: 301,
    });
    expect(result.requests).toMatchObject({ sent: 301, right: 301, unsent: 0 });
    expect(result.client.threads).toHaveLength(2);
  });

  test('requests of the warm-up are in no result', async () => {
    await using server = await startServer(echoUpperCase);
    const result = await runLoad({
      port: server.port,
      connections: 4,
      rate: 200,
      warmupMs: 200,
      durationMs: 300,
    });
    const { sent, right, unsent } = result.requests;
    // 40 are due in the warm-up and 60 after it.
    expect([result.warmup.requests + sent, unsent]).toEqual([100, 0]);
    expect(result.warmup.requests).toBeGreaterThan(0);
    expect(sent).toBeLessThanOrEqual(60);
    expect([right, result.latency.count]).toEqual([sent, sent]);
    expect(result.warmup.errors).toBe(0);
  });

  test('stages follow one another, and a ramp sends the integral of its rate', async () => {
    await using server = await startServer(echoUpperCase);
    const result = await runLoad({
      port: server.port,
      connections: 4,
      stages: [
        { durationMs: 200, rate: 0, toRate: 1000 },
        { durationMs: 200, rate: 500 },
      ],
    });
    const { sent, right, unsent } = result.requests;
    expect([sent, right, unsent]).toEqual([200, 200, 0]);
  });

  test('what is due at the end goes out as connections come free, with the wait in its latency', async () => {
    await using server = await startServer((socket) => {
      socket.on('data', (chunk) => {
        setTimeout(() => socket.write(chunk.toString().toUpperCase()), 20);
      });
    });
    const load = { port: server.port, rate: 200, durationMs: 500, drainMs: 60_000 };
    const one = await runLoad(load);
    expect(one.requests).toMatchObject({ sent: 100, right: 100, unanswered: 0, unsent: 0 });
    // A hundred replies, one after the other, take two seconds; the last was due after half a second.
    expect(one.latency.maxMs).toBeGreaterThan(1_400);
    const renewing = await runLoad({ ...load, rate: 50, requestsPerConnection: 1 });
    expect(renewing.requests).toMatchObject({ sent: 25, right: 25, unsent: 0 });
    expect(renewing.opened).toBeGreaterThanOrEqual(25);
  });

  test('a lost connection is not opened again for what is due at the end', async () => {
    await using server = await startServer((socket) => {
      socket.on('data', () => setTimeout(() => socket.resetAndDestroy(), 1_000));
    });
    const result = await runLoad({
      port: server.port,
      rate: 100,
      durationMs: 300,
      drainMs: 60_000,
    });
    expect(result.requests).toMatchObject({ sent: 1, failed: 1, unsent: 29 });
    expect(server.accepted()).toBe(1);
  });
});
