// Compares what clients lose: node src/main.ts [--peer NAME]... [--delay MS]... [--json FILE]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PEERS } from './peers.ts';
import { freePort } from './running-peer.ts';
import { type Outcome, SCENARIOS } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    peer: { type: 'string', multiple: true },
    delay: { type: 'string', multiple: true, default: ['0', '25'] },
    json: { type: 'string' },
  },
});

interface Compared {
  readonly name: string;
  readonly version: string;
  readonly settings: string;
  readonly outcomes: Outcome[];
}

const results: Compared[] = [];
for (const peer of PEERS) {
  if (values.peer !== undefined && !values.peer.includes(peer.name)) continue;
  const version = await peer.version();
  if (version === undefined) {
    console.log(`${peer.name}: not installed`);
    continue;
  }
  const compared: Compared = { name: peer.name, version, settings: peer.settings, outcomes: [] };
  results.push(compared);
  for (const delayMs of values.delay.map(Number)) {
    for (const { name, play } of SCENARIOS) {
      const folder = await mkdtemp(join(tmpdir(), 'comparison-'));
      const running = await peer.start(folder, await freePort());
      try {
        const outcome = await play({ peer, running, folder }, delayMs);
        compared.outcomes.push(outcome);
        console.log(
          `${peer.name} ${version}, ${delayMs} ms, ${name}: ${outcome.lost} of ${outcome.asked} lost ` +
            `${JSON.stringify(outcome.classes)}, longest ${outcome.longestMs.toFixed(0)} ms`,
        );
      } catch (error) {
        console.log(`${peer.name}, ${delayMs} ms, ${name}: ${String(error)}`);
      } finally {
        await running.stop();
        await rm(folder, { recursive: true, force: true });
      }
    }
  }
}
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);

const cell = (outcomes: readonly Outcome[], scenario: string, delayMs: number): string => {
  const found = outcomes.find((each) => each.scenario === scenario && each.delayMs === delayMs);
  return found === undefined ? '-' : `${found.lost} of ${found.asked}`;
};
const columns = values.delay.flatMap((delayMs) =>
  SCENARIOS.map(({ name }) => ({ name, delayMs: Number(delayMs) })),
);
const header = ['server', ...columns.map(({ name, delayMs }) => `${name}, ${delayMs} ms`)];
console.log(`\n| ${header.join(' | ')} |\n|${header.map(() => '---').join('|')}|`);
for (const { name, version, outcomes } of results) {
  const cells = columns.map((column) => cell(outcomes, column.name, column.delayMs));
  console.log(`| ${name} ${version} | ${cells.join(' | ')} |`);
}
