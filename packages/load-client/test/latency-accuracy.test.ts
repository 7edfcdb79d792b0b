import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runLoad } from '../src/index.ts';
import { monotonicMs, monotonicOffsetMs } from './fixtures/monotonic-clock.ts';
import { spawnServer } from './fixtures/spawn-server.ts';

const SERVER = fileURLToPath(new URL('fixtures/timestamping-server.ts', import.meta.url));
const RATE = 1000;
const WARMUP = 300;
const MEASURED = 2000;

function atPercentile(values: readonly number[], percentile: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percentile) / 100) - 1] ?? 0;
}

// Request by request: the server writes down when it wrote each reply, the schedule says when its
// request was due, and a plain node:net connection in this process (the witness) tells how long the
// machine took to deliver what the server wrote at that moment. A busy machine delays the witness
// as it delays the client, so that the comparison holds on it too.
test("latencies agree within 5 % at p50 and p99 with the server's timestamps, at 1,000 requests a second", async () => {
  await using server = await spawnServer(process.execPath, [SERVER]);
  const writtenMs = new Map<number, number>();
  const deliveryMs: number[] = [];
  const witness = net.connect({ port: server.port, host: '127.0.0.1', noDelay: true });
  witness.write('witness');
  const lines = createInterface(witness);
  await once(lines, 'line');
  const { promise: allSeen, resolve } = Promise.withResolvers<void>();
  lines.on('line', (line) => {
    const [request = 0, atMs = 0] = line.split(' ').map(Number);
    writtenMs.set(request, atMs);
    if (request >= WARMUP) deliveryMs.push(monotonicMs() - atMs);
    if (writtenMs.size === WARMUP + MEASURED) resolve();
  });
  const result = await runLoad({
    port: server.port,
    connections: 300,
    rate: RATE,
    totalRequests: WARMUP + MEASURED,
    warmupMs: (WARMUP / RATE) * 1000,
    messages: ['{{counter}}'],
    expectedReply: 'same',
  });
  await allSeen;
  witness.destroy();
  expect(result.requests).toMatchObject({ sent: MEASURED, right: MEASURED, unsent: 0 });

  const startMs = result.startedAtMs - performance.timeOrigin + monotonicOffsetMs();
  const byServer = Array.from({ length: MEASURED }, (_, index) => {
    const request = WARMUP + index;
    return (writtenMs.get(request) ?? Number.NaN) - (startMs + (request * 1000) / RATE);
  });
  for (const [percentile, measured] of [
    [50, result.latency.p50Ms],
    [99, result.latency.p99Ms],
  ] as const) {
    const expected = atPercentile(byServer, percentile);
    // No reply can be read before it was written. A histogram keeps three digits.
    expect(measured).toBeGreaterThanOrEqual(expected * 0.999 - 0.1);
    // A quiet machine delivers within a fraction of a millisecond, so that this is the 5 %.
    const delivery = atPercentile(deliveryMs, percentile === 50 ? 50 : 99.9);
    expect(measured).toBeLessThanOrEqual(expected * 1.05 + delivery);
  }
});
