import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const missing = spawnSync('systemd-analyze', ['--version']).error !== undefined;
const skipped = missing ? ' (skipped: systemd-analyze is not installed)' : '';

test.skipIf(missing)(
  `systemd has nothing to say against the unit of the guide${skipped}`,
  async () => {
    const guide = await readFile(new URL('../command.md', import.meta.url), 'utf8');
    const [, unit = ''] = /```ini\n(.*?)```/s.exec(guide) ?? [];
    expect(unit).toContain('ExecStart=');
    const folder = await mkdtemp(join(tmpdir(), 'unit-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'shop.service'), unit);
    // It warns of what it does not know, and exits with 0.
    expect(await run('systemd-analyze', ['verify', join(folder, 'shop.service')])).toEqual({
      stdout: '',
      stderr: '',
    });
  },
);
