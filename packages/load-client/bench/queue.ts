// Whether latencies agree with a queue's own record and with the theory of M/D/1 (Pollaczek and
// Khinchine): Poisson arrivals at 50 and 80 % of what a server with constant service time can do.
// Exits with 1 unless the mean waits are within 5 % of the server's record. On an idle machine, in
// two and a half minutes: node bench/queue.ts [SECONDS] [SERVICE_MS]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runLoad } from '../dist/index.js';

const SECONDS = Number(process.argv[2] ?? 60);
// On a busy machine a longer service time makes the machine's own delays small beside it.
const SERVICE_MS = Number(process.argv[3] ?? 20);
/** By how much the mean wait may differ. */
const TOLERANCE = 0.05;
const SERVER = fileURLToPath(new URL('fixtures/queue-server.ts', import.meta.url));

interface ServerRecord {
  readonly meanWaitMs: number;
  readonly meanTimeMs: number;
}

for (const load of [0.5, 0.8]) {
  const child = spawn(process.execPath, [SERVER, String(SERVICE_MS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const result = await runLoad({
    port: Number(line.toString()),
    connections: 200,
    rate: (load / SERVICE_MS) * 1000,
    arrivals: 'poisson',
    durationMs: SECONDS * 1000,
    messages: ['a'],
    drainMs: 60_000,
  });
  child.stdin.end();
  const [json] = (await once(child.stdout, 'data')) as [Buffer];
  const own = JSON.parse(json.toString()) as ServerRecord;
  // What the server took, its timers included, less the service time: the wait by its own record.
  const ownMs = own.meanTimeMs - SERVICE_MS;
  const clientMs = result.latency.meanMs - SERVICE_MS;
  const theoryMs = (load * SERVICE_MS) / (2 * (1 - load));
  if (Math.abs(clientMs / ownMs - 1) > TOLERANCE) process.exitCode = 1;
  console.log(
    `${load * 100} %: ${result.requests.right} right, mean wait ${clientMs.toFixed(2)} ms by the client, ` +
      `${ownMs.toFixed(2)} ms by the server's record (ratio ${(clientMs / ownMs).toFixed(3)}), ` +
      `${own.meanWaitMs.toFixed(2)} ms in its queue, ${theoryMs.toFixed(2)} ms in theory; ` +
      `the client sent ${(result.sendDelay?.meanMs ?? 0).toFixed(2)} ms late`,
  );
}
