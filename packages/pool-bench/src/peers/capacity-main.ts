/**
 * Prints where each way to accept saturates on 2 to 128 cores, by the model of `capacity.ts` from measured
 * costs, and how the model does beside what was measured: `pnpm bench:capacity PEERS_JSON`.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import {
  checksOf,
  coresThatServe,
  costsOf,
  type ModeCosts,
  saturationOf,
  type Traffic,
} from './capacity.ts';
import { formatNumber } from './report.ts';
import { parseResults, type Results } from './results.ts';

const CORES = [2, 4, 8, 16, 32, 64, 128];
const TRAFFICS: readonly (Traffic & { readonly name: string })[] = [
  { name: 'One request per connection', requestsPerConnection: 1, bytesPerRequest: 5 },
  {
    name: '10 requests of 1 KiB per connection',
    requestsPerConnection: 10,
    bytesPerRequest: 1_024,
  },
  { name: 'Connections that stay', requestsPerConnection: Infinity, bytesPerRequest: 5 },
];

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, rule, ...rows].map(line).join('\n');
}

function costTable(modes: readonly ModeCosts[]): string {
  const head = [
    'server',
    'connection',
    'request',
    'KiB',
    'main: connection',
    'main: request',
    'main: KiB',
  ];
  const rows = modes.map(({ peer, total, main }) => [
    peer,
    ...[total, main].flatMap(({ connection, request, byte }) =>
      [connection, request, byte * 1_024].map(formatNumber),
    ),
  ]);
  return `Measured: µs of CPU, all together and of the main thread\n\n${table(head, rows)}`;
}

function saturationTable(modes: readonly ModeCosts[], traffic: (typeof TRAFFICS)[number]): string {
  const head = ['server', ...CORES.map((cores) => `${cores} cores`), 'cores that serve'];
  const rows = modes.map((costs) => {
    const most = coresThatServe(costs, traffic);
    return [
      costs.peer,
      ...CORES.map((cores) => {
        const { requestsPerSecond, limit } = saturationOf(costs, traffic, cores);
        // More digits would be noise.
        return (
          formatNumber(Number(requestsPerSecond.toPrecision(3))) + (limit === 'cores' ? '' : ' *')
        );
      }),
      most > 128 ? 'all' : formatNumber(most),
    ];
  });
  return `Model: requests a second. ${traffic.name}; * its main thread is the limit\n\n${table(head, rows)}`;
}

function checkTable(results: Results, modes: readonly ModeCosts[]): string {
  const head = ['server', 'workload', 'cores', 'model', 'measured', 'measured/model'];
  const rows = modes
    .flatMap((costs) => checksOf(results, costs))
    .map(({ peer, workload, cores, predicted, measured }) => [
      peer,
      workload,
      `${cores}`,
      formatNumber(predicted),
      formatNumber(measured),
      (measured / predicted).toFixed(2),
    ]);
  return `Check: requests a second\n\n${table(head, rows)}`;
}

function fail(message: string): never {
  process.stderr.write(`bench:capacity: ${message}\n`);
  process.exit(2);
}

const [file, ...rest] = process.argv.slice(2);
if (file === undefined || rest.length > 0)
  fail('Give the file peers.json that bench:peers has written');
const results = await readFile(file, 'utf8')
  .then(parseResults)
  .catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
// Go divides everything over its threads, of which none is the main one.
const modes = results.peers.flatMap(({ name }) =>
  name === 'go' ? [] : (costsOf(results, name) ?? []),
);
if (modes.length === 0) fail('It has no server with the workloads short, keep-alive and large');
const parts = [costTable(modes), ...TRAFFICS.map((traffic) => saturationTable(modes, traffic))];
process.stdout.write(`${[...parts, checkTable(results, modes)].join('\n\n')}\n`);
