// Serves and restarts every program: node src/main.ts [--only NAME]... [--kind processes|threads]... [--restarts N] [--verbose]
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Case, CASES, ROOT } from './cases.ts';
import type { Outcome } from './outcome.ts';
import { ServedProgram, type WorkerKind } from './served-program.ts';

const KINDS: readonly WorkerKind[] = ['processes', 'threads'];

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    kind: { type: 'string', multiple: true, default: [...KINDS] },
    restarts: { type: 'string', default: '5' },
    verbose: { type: 'boolean', default: false },
  },
});
const restartCount = Number(values.restarts);
const rows: string[] = [];
for (const each of CASES) {
  if (values.only !== undefined && !values.only.includes(each.name)) continue;
  const cells = [`${each.name} ${await versionOf(each)}`.trim()];
  await each.prepare?.();
  for (const kind of KINDS) {
    if (!values.kind.includes(kind)) continue;
    const outcome = await outcomeOf(each, kind);
    cells.push(`${outcome.lost} of ${outcome.right + outcome.lost}`);
    const notes = outcome.problems.length === 0 ? '' : `; ${outcome.problems.join('; ')}`;
    console.log(`${each.name} on ${kind}: ${cells.at(-1)} lost${notes}`);
    if (outcome.lost > 0 || outcome.right === 0) process.exitCode = 1;
  }
  rows.push(`| ${cells.join(' | ')} |`);
}
const heads = ['Program', ...KINDS.filter((kind) => values.kind.includes(kind))];
console.log(`\n| ${heads.join(' | ')} |\n|${heads.map(() => '---|').join('')}\n${rows.join('\n')}`);

async function outcomeOf(
  { file, cwd = '.', env = {}, beside, use }: Case,
  kind: WorkerKind,
): Promise<Outcome> {
  try {
    await using needed = await beside?.();
    const more = needed === undefined ? {} : { BROKER_PORT: String(needed.port) };
    await using served = await ServedProgram.start(join(ROOT, file), kind, join(ROOT, cwd), {
      ...env,
      ...more,
    });
    const outcome = await use(served.port, async () => {
      for (let restart = 0; restart < restartCount; restart += 1) await served.restart();
    });
    const code = await served.stop();
    if (values.verbose) console.log(served.output);
    return code === 0
      ? outcome
      : { ...outcome, problems: [...outcome.problems, `the command ended with ${code}`] };
  } catch (error) {
    return { right: 0, lost: 0, problems: [String(error)] };
  }
}

async function versionOf({ package: name }: Case): Promise<string> {
  if (name === undefined) return '';
  const manifest = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
