import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runLoad, type LatencySummary } from '../src/index.ts';
import { lowestAt } from '../src/measure/latency-counts.ts';
import { countsOf } from '../src/measure/latency-summary.ts';
import { monotonicOffsetMs } from './fixtures/monotonic-clock.ts';
import { spawnServer } from './fixtures/spawn-server.ts';

const STALLING = fileURLToPath(new URL('fixtures/stalling-server.ts', import.meta.url));
const STALL_MS = 1000;
/** A histogram keeps three digits: a time may count as up to 0.1 % shorter. */
const ROUNDED = 0.999;

/** Asks the server when it stalled, in milliseconds of the machine's monotonic clock. */
async function askStall(port: number): Promise<readonly [beganMs: number, endedMs: number]> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.write('report');
  const [began = 0, ended = 0] = (await text(socket)).split(' ').map((ns) => Number(ns) / 1e6);
  return [began, ended];
}

/** Counts the recorded times of at least that long. */
function countFrom(latency: LatencySummary, fromMs: number): number {
  const counts = countsOf(latency);
  let count = 0;
  for (const [position, index] of counts.indexes.entries()) {
    if (lowestAt(index) >= fromMs * ROUNDED * 1e6) count += counts.counts[position] ?? 0;
  }
  return count;
}

// Every bound here follows from the server's own clock, and lateness of the machine only adds to
// the times that are bounded from below, so that a busy machine can't break the test.
test('open model: a stall of one second shows in every request that was due meanwhile', async () => {
  const rate = 500;
  const total = 1500;
  await using server = await spawnServer(process.execPath, [STALLING, '600', String(STALL_MS)]);
  const result = await runLoad({ port: server.port, connections: 8, rate, totalRequests: total });
  const [beganMs, endedMs] = await askStall(server.port);
  expect(endedMs - beganMs).toBeGreaterThanOrEqual(STALL_MS);
  expect(result.requests).toMatchObject({ sent: total, right: total, unsent: 0 });

  // Request i was due i * 2 ms after the start. What was due during the stall could not be answered
  // before its end, so that it took at least `end - due`.
  const startMs = result.startedAtMs - performance.timeOrigin + monotonicOffsetMs();
  const waits = Array.from({ length: total }, (_, index) => startMs + (index * 1000) / rate)
    .filter((dueMs) => dueMs > beganMs + 1 && dueMs < endedMs)
    .map((dueMs) => endedMs - dueMs);
  // One second at 500 a second: 500 requests, give or take the ends.
  expect(waits.length).toBeGreaterThanOrEqual((rate * STALL_MS) / 1000 - 2);
  for (const fromMs of [100, 250, 500, 750, 900]) {
    // Of them, those wait x ms or longer that were due x ms or more before the end:
    // (1000 - x) * 0.5, so 250 of 500 wait half a second.
    const expected = waits.filter((waitMs) => waitMs >= fromMs).length;
    expect(expected).toBeGreaterThanOrEqual(((STALL_MS - fromMs) * rate) / 1000 - 2);
    expect(countFrom(result.latency, fromMs)).toBeGreaterThanOrEqual(expected);
  }
  // p99.9 leaves out 1 request of 1500, p99 15, p90 150: they are at least the waits of that rank.
  const longest = waits.toSorted((a, b) => b - a);
  for (const [key, left] of [
    ['p999Ms', 1],
    ['p99Ms', 15],
    ['p90Ms', 150],
  ] as const) {
    expect(longest[left]).toBeGreaterThan(STALL_MS - ((left + 2) * 1000) / rate - 1);
    expect(result.latency[key]).toBeGreaterThanOrEqual((longest[left] ?? 0) * ROUNDED);
  }
  expect(result.model).toBe('open');
});

test('closed model: the same stall shows in one request, and the note says so', async () => {
  await using server = await spawnServer(process.execPath, [STALLING, '300', String(STALL_MS)]);
  const sentAndReplied: (readonly [sentMs: number, repliedMs: number])[] = [];
  const result = await runLoad({
    port: server.port,
    durationMs: 1500,
    onReply: ({ latencyMs }) => {
      const nowMs = performance.now();
      sentAndReplied.push([nowMs - latencyMs, nowMs]);
    },
  });
  const [beganMs, endedMs] = await askStall(server.port);
  const offsetMs = monotonicOffsetMs();
  const middleMs = (beganMs + endedMs) / 2 - offsetMs;
  const waiting = sentAndReplied.filter(([sent, replied]) => sent < middleMs && replied > middleMs);
  expect(waiting).toHaveLength(1);
  // Whoever waits for replies asks nothing meanwhile: where 500 requests were due, one waited.
  const during = sentAndReplied.filter(
    ([sent]) => sent > beganMs - offsetMs + 50 && sent < endedMs - offsetMs - 50,
  );
  expect(during.length).toBeLessThanOrEqual(1);
  expect(countFrom(result.latency, STALL_MS / 2)).toBeGreaterThanOrEqual(1);
  expect(result.model).toBe('closed');
  expect(result.modelNote).toContain('coordinated omission');
});
