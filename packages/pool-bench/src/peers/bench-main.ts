/**
 * Measures the pools beside their peers: `pnpm bench:peers [--out FOLDER] [--only WORD]...
 * [--rounds N] [--disturbed SHARE] [--quick]`, see the README. Exit code 1 when something could not be measured, 2 for
 * a word that is not understood.
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endAllServers } from '../bench-server.ts';
import { endAllClients } from './load.ts';
import { type Peer, PEERS } from './peers.ts';
import { drawPicture } from './picture.ts';
import { formatMarkdown, formatText } from './report.ts';
import { type Results, RESULTS_FORMAT, type WorkloadResult } from './results.ts';
import { runWorkload } from './run-workload.ts';
import { select } from './selection.ts';
import { WORKLOADS } from './workloads.ts';

const HELP = `Usage: pnpm bench:peers [options]

Measures the pools beside the peers that are here, in alternation.

  --only WORD         a workload, a peer, or WORKLOAD/PEER; may be repeated
  --rounds N          rounds of each workload, 1 to 100 (default 5, quick 1)
  --disturbed SHARE   repeats rounds in which others had more of the machine, 0 to 1 (default 0.1)
  --out FOLDER        writes peers.json, peers.md and peers.svg there
  --quick             a small share of the work, to see that everything works
  --help

Workloads: ${WORKLOADS.map(({ name }) => name).join(', ')}
Peers: ${PEERS.map(({ name }) => name).join(', ')}
`;

function exitFor(error: unknown): never {
  process.stderr.write(`bench:peers: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
}

function readWords() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      disturbed: { type: 'string', default: '0.1' },
      out: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
    throw new RangeError(
      `Cannot take '${values.rounds}' for --rounds: give an integer of 1 to 100`,
    );
  }
  const disturbedAbove = Number(values.disturbed);
  if (!(disturbedAbove >= 0 && disturbedAbove <= 1)) {
    throw new RangeError(
      `Cannot take '${values.disturbed}' for --disturbed: give a number of 0 to 1`,
    );
  }
  const names = [WORKLOADS, PEERS].map((all) => all.map(({ name }) => name));
  const selected = select(names[0] ?? [], names[1] ?? [], values.only);
  return { ...values, rounds, disturbedAbove, selected };
}

const onProgress = (text: string): void => void process.stderr.write(`${text}\n`);

let words: ReturnType<typeof readWords>;
try {
  words = readWords();
} catch (error) {
  exitFor(error);
}
if (words.help) {
  process.stdout.write(HELP);
  process.exit();
}

/** Aborted with the exit code of the signal that interrupts the bench. */
const interruption = new AbortController();
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    interruption.abort(exitCode);
    endAllClients();
    void endAllServers();
  });
}

/** The peers that are here. What needs a network or a compiler is asked for only when it is wanted. */
const wanted = new Set([...words.selected.values()].flat());
const present: Peer[] = [];
const told: Results['peers'][number][] = [];
for (const peer of PEERS.filter(({ name }) => wanted.has(name))) {
  const version = await peer.version().catch((error: unknown) => {
    process.stderr.write(`${peer.name}: ${String(error)}\n`);
    return undefined;
  });
  told.push({ name: peer.name, note: peer.note, version: version ?? null });
  if (version === undefined) process.stderr.write(`${peer.name} is not here\n`);
  else present.push(peer);
}

const { rounds, disturbedAbove, quick: isQuick } = words;
const startedAt = new Date().toISOString();
const workloads: WorkloadResult[] = [];
for (const workload of WORKLOADS) {
  const names = words.selected.get(workload.name) ?? [];
  const peers = present.filter((peer) => names.includes(peer.name) && workload.suits(peer));
  if (peers.length === 0 || interruption.signal.aborted) continue;
  workloads.push(
    await runWorkload(workload, peers, {
      rounds,
      disturbedAbove,
      isQuick,
      signal: interruption.signal,
      onProgress,
    }),
  );
}

// Half a matrix would be taken for a whole one.
if (interruption.signal.aborted) process.exit(Number(interruption.signal.reason));

const results: Results = {
  format: RESULTS_FORMAT,
  startedAt,
  isQuick,
  machine: {
    cpus: availableParallelism(),
    model: cpus()[0]?.model ?? 'unknown',
    system: `${type()} ${release()}`,
    node: process.versions.node,
  },
  rounds,
  disturbedAbove,
  peers: told,
  workloads,
};
process.stdout.write(`${formatText(results)}\n`);
if (words.out !== undefined) {
  await mkdir(words.out, { recursive: true });
  await writeFile(join(words.out, 'peers.json'), `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(join(words.out, 'peers.md'), formatMarkdown(results));
  await writeFile(join(words.out, 'peers.svg'), drawPicture(results));
}
process.exitCode = workloads.some(({ failures }) => failures.length > 0) ? 1 : 0;
