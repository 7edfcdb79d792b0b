import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { runLoad } from '../src/index.ts';

const SERVER = fileURLToPath(new URL('fixtures/timestamping-server.ts', import.meta.url));

test('latencies agree within 5 % at p50 and p99 with the timestamps of the server, at 1,000 requests a second', async () => {
  const child = spawn(process.execPath, [SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  const result = await runLoad({
    port,
    connections: 300,
    rate: 1000,
    durationMs: 2000,
    warmupMs: 300,
  });
  child.stdin.end('report\n');
  const server = JSON.parse(String((await lines.next()).value)) as {
    readonly count: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  };
  await exited;
  expect(result.requests).toMatchObject({ sent: 2000, right: 2000 });
  expect(server.count).toBe(result.requests.sent + result.warmup.requests);
  expect(Math.abs(result.latency.p50Ms / server.p50Ms - 1)).toBeLessThan(0.05);
  expect(Math.abs(result.latency.p99Ms / server.p99Ms - 1)).toBeLessThan(0.05);
});
