import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT } from './documents.ts';

const run = promisify(execFile);
const missing = spawnSync('systemd-analyze', ['--version']).error !== undefined;
const skipped = missing ? ' (skipped: systemd-analyze is not installed)' : '';

/** A unit of a document, by the name in its first line. */
async function unitOf(document: string, name: string): Promise<string> {
  const text = await readFile(new URL(document, ROOT), 'utf8');
  const [, unit = ''] = new RegExp(`\`\`\`ini\\n# ${name}\\n(.*?)\`\`\``, 's').exec(text) ?? [];
  return unit;
}

test.skipIf(missing)(`systemd has nothing to say against the units${skipped}`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'unit-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const units: string[] = [];
  for (const [document, name] of [
    ['docs/command.md', 'shop.service'],
    ['packages/systemd/README.md', 'app.service'],
    ['packages/systemd/README.md', 'app.socket'],
  ] as const) {
    const unit = await unitOf(document, name);
    expect(unit).toMatch(/^Exec|^Listen/m);
    const file = join(folder, name);
    // Node may be elsewhere here.
    await writeFile(file, unit.replace('/usr/bin/node', process.execPath));
    units.push(file);
  }
  // It warns of what it does not know, and exits with 0.
  expect(await run('systemd-analyze', ['verify', ...units])).toEqual({ stdout: '', stderr: '' });
});
