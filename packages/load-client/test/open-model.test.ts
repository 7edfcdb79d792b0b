import { describe, expect, test } from 'vitest';
import { runLoad } from '../src/index.ts';
import { countsOf } from '../src/latency-summary.ts';
import { lowestAt } from '../src/latency-counts.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';
import { spawnServer } from './fixtures/spawn-server.ts';
import { fileURLToPath } from 'node:url';
import type { LatencySummary } from '../src/index.ts';

const STALLING = fileURLToPath(new URL('fixtures/stalling-server.ts', import.meta.url));

/** Counts the recorded times of at least that long. */
function countFrom(latency: LatencySummary, fromMs: number): number {
  const counts = countsOf(latency);
  let count = 0;
  for (const [position, index] of counts.indexes.entries()) {
    if (lowestAt(index) >= fromMs * 1e6) count += counts.counts[position] ?? 0;
  }
  return count;
}

describe('open model', () => {
  test('a stall of one second shows in every request that was due meanwhile, in the closed model in one', async () => {
    const rate = 500;
    const stallMs = 1000;
    const durationMs = 3000;
    await using open = await spawnServer(process.execPath, [STALLING, '600', String(stallMs)]);
    const opened = await runLoad({ port: open.port, connections: 8, rate, durationMs });
    await using closed = await spawnServer(process.execPath, [STALLING, '600', String(stallMs)]);
    const result = await runLoad({ port: closed.port, connections: 1, durationMs });

    // 500 requests are due during the stall; the one that is due after x ms waits 1000 - x ms, so
    // that half of them wait 500 ms or more, a tenth 900 ms or more.
    expect(opened.requests).toMatchObject({ sent: 1500, right: 1500, unsent: 0 });
    const due = (rate * stallMs) / 1000;
    const half = countFrom(opened.latency, stallMs / 2);
    expect(half).toBeGreaterThan(due / 2 - due * 0.1);
    expect(half).toBeLessThan(due / 2 + due * 0.2);
    expect(countFrom(opened.latency, stallMs * 0.9)).toBeGreaterThan(due * 0.05);
    // 0.1 % of 1500 requests are 1.5, and 50 requests wait 900 ms or more: p99.9 is in the stall,
    // as are p99 (15 requests) and p90 (150 requests, which wait 1000 - 150 / 0.5 = 700 ms or more).
    expect(opened.latency.p999Ms).toBeGreaterThan(stallMs * 0.9);
    expect(opened.latency.p99Ms).toBeGreaterThan(stallMs * 0.9);
    expect(opened.latency.p90Ms).toBeGreaterThan(stallMs * 0.55);
    // The client itself was not late: only 8 of the requests were on their way during the stall.
    expect(opened.model).toBe('open');
    expect(countFrom(result.latency, stallMs * 0.9)).toBe(1);
    expect(result.model).toBe('closed');
    expect(result.modelNote).toContain('coordinated omission');
  });

  test('requests that were due and never sent are counted as unsent', async () => {
    await using server = await startServer((socket) => {
      // Answers nothing, so that each connection is busy with its first request for ever.
      socket.on('data', () => {});
    });
    const result = await runLoad({
      port: server.port,
      connections: 3,
      rate: 100,
      durationMs: 500,
      drainMs: 0,
    });
    expect(result.requests).toMatchObject({ sent: 3, unanswered: 3, right: 0, unsent: 47 });
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
    expect(result.requests).toMatchObject({ sent: 60, right: 60 });
    expect(result.warmup).toEqual({ requests: 40, errors: 0 });
    expect(result.latency.count).toBe(60);
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
    expect(result.requests.sent).toBe(200);
  });
});
