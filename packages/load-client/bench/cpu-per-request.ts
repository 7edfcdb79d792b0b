// CPU of the load client for 100,000 requests on 64 keep-alive connections, beside a client written
// by hand with node:net, in alternation. A round has 800,000 requests: compiling the client and
// building the result cost 0.1 to 0.2 s of CPU a run, which weigh more the shorter a run is.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CONNECTIONS = 64;
const REQUESTS = 12_500;
const ROUNDS = Number(process.argv[2] ?? 5);
const PER_100K = 100_000 / (CONNECTIONS * REQUESTS);

const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const server = spawn(process.execPath, [fixture('fast-server.ts')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const [port] = (await once(createInterface(server.stdout), 'line')) as [string];
const measure = (client: string): number =>
  Number(execFileSync(process.execPath, [fixture(client), port, `${CONNECTIONS}`, `${REQUESTS}`])) *
  PER_100K;

const plain: number[] = [];
const ours: number[] = [];
const ratios: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  plain.push(measure('plain-client.ts'));
  ours.push(measure('load-client.ts'));
  const ratio = (ours.at(-1) ?? 0) / (plain.at(-1) ?? 1);
  ratios.push(ratio);
  console.log(
    `round ${round + 1}: plain node:net ${plain.at(-1)?.toFixed(3)} s, runLoad ${ours.at(-1)?.toFixed(3)} s for 100,000 requests, ratio ${ratio.toFixed(3)}`,
  );
}
console.log(
  `median: plain ${median(plain).toFixed(3)} s, runLoad ${median(ours).toFixed(3)} s, ratio of a round ${median(ratios).toFixed(3)} (wanted: 1.05 / 1.15 = 0.913 or less)`,
);
server.stdin.end();
await once(server, 'exit');
