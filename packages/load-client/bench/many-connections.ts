// Holds 10,000 connections with 2 load threads and expects no error. Needs 'ulimit -n' above 10,100.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { formatSummary, runLoad } from '../src/index.ts';

const server = spawn(
  process.execPath,
  [fileURLToPath(new URL('fixtures/fast-server.ts', import.meta.url))],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const [port] = (await once(createInterface(server.stdout), 'line')) as [string];
const result = await runLoad({
  port: Number(port),
  connections: 10_000,
  threads: 2,
  requests: 10,
  thinkMs: [0, 2000],
});
console.log(formatSummary(result));
server.stdin.end();
await once(server, 'exit');
if (result.requests.right !== 100_000 || result.opened !== 10_000) process.exitCode = 1;
