import { type IOType, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./fixtures/writes-entries.ts', import.meta.url));

/** Runs the program, and resolves to what it prints and its exit code. */
async function run(
  stderr: IOType | number,
  { argument = '', read = (stream: Readable): unknown => stream.resume() } = {},
): Promise<[printed: string, code: number | null]> {
  const child = spawn(process.execPath, [PROGRAM, argument], { stdio: ['ignore', 'pipe', stderr] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  if (child.stderr !== null) read(child.stderr);
  const printed = await text(child.stdout as Readable);
  return [printed, (await ended)[0]];
}

test('Entries reach a pipe, each whole and in order, and those that a full pipe refuses are counted', async () => {
  let said: Promise<string> | undefined;
  expect(
    await run('pipe', {
      read: (stream) => {
        said = text(stream);
      },
    }),
  ).toEqual(['alive', 0]);
  let next = 0;
  for (const head of (await said)?.match(/^\[sockpool\] .*$/gm) ?? []) {
    // A reader that the machine does not run for a while lets the pipe fill.
    const lost = /^\[sockpool\] (\d+) entries before could not be written$/.exec(head)?.[1];
    if (lost === undefined) expect(head).toBe(`[sockpool] error: entry ${next}`);
    next += Number(lost ?? 1);
  }
  expect(next).toBeGreaterThan(100);
  expect(next).toBeLessThanOrEqual(1_000);
});

test.skipIf(process.platform === 'win32')(
  'A closed pipe, or no standard error at all, costs the entries only',
  async () => {
    expect(await run('pipe', { read: (stream) => stream.destroy() })).toEqual(['alive', 0]);
    expect(await run('ignore', { argument: 'closed' })).toEqual(['alive', 0]);
  },
);

test.skipIf(!existsSync('/dev/full'))('A full disk costs the entries only', async () => {
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  expect(await run(full)).toEqual(['alive', 0]);
});
