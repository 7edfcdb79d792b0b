import { once } from 'node:events';
import net from 'node:net';
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

// Request by request: the schedule says when it was due, the server writes down when it wrote the
// reply, and a plain node:net connection in this process (the witness) tells when the machine had
// delivered what the server wrote right behind it. The client can have read no reply before it was
// written, and must have read it in the turn of the event loop in which the witness was read. So its
// percentiles lie between those two, whatever a busy machine does, and within 5 % of the server's
// unless the witness shows that the machine itself delivered later.
test("latencies agree within 5 % at p50 and p99 with the server's timestamps, at 1,000 requests a second", async () => {
  await using server = await spawnServer(process.execPath, [SERVER]);
  const writtenMs: number[] = [];
  const deliveredMs: number[] = [];
  const witness = net.connect({ port: server.port, host: '127.0.0.1', noDelay: true });
  witness.write('witness');
  await once(witness, 'data');
  const { promise: allSeen, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  let rest = '';
  witness.on('data', (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    setImmediate(() => {
      const nowMs = monotonicMs();
      for (const line of lines) {
        const [request = 0, atMs = 0] = line.split(' ').map(Number);
        writtenMs[request] = atMs;
        deliveredMs[request] = nowMs;
      }
      seen += lines.length;
      if (seen === WARMUP + MEASURED) resolve();
    });
  });
  const result = await runLoad({
    port: server.port,
    connections: 300,
    rate: RATE,
    totalRequests: MEASURED,
    warmupMs: (WARMUP / RATE) * 1000,
    messages: ['{{counter}}'],
    expectedReply: 'same',
  });
  await allSeen;
  witness.destroy();
  expect(result.requests).toMatchObject({ sent: MEASURED, right: MEASURED, unsent: 0 });

  const startMs = result.startedAtMs - performance.timeOrigin + monotonicOffsetMs();
  const sinceDue = (timesMs: readonly number[]): number[] =>
    timesMs.slice(WARMUP).map((ms, index) => ms - startMs - ((WARMUP + index) * 1000) / RATE);
  const byServer = sinceDue(writtenMs);
  const byWitness = sinceDue(deliveredMs);
  for (const [percentile, measured] of [
    [50, result.latency.p50Ms],
    [99, result.latency.p99Ms],
  ] as const) {
    const written = atPercentile(byServer, percentile);
    const delivered = atPercentile(byWitness, percentile);
    // A histogram keeps three digits, and the two clocks agree to less than 0.1 ms.
    expect(measured).toBeGreaterThanOrEqual(written * 0.999 - 0.1);
    expect(measured).toBeLessThanOrEqual(Math.max(written * 1.05, delivered * 1.001 + 0.1));
  }
});
