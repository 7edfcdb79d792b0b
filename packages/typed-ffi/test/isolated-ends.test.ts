import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import {
  byref,
  fn,
  i32,
  isolated,
  library,
  nothing,
  nullable,
  opaque,
  out,
  released,
  struct,
  variable,
} from '../src/index.ts';
import { describeEachBackend } from './fixtures/each-backend.ts';
import { fixturePath } from './fixtures/probe-library.ts';

const main = fileURLToPath(new URL('fixtures/isolate-parent.ts', import.meta.url));
const Handle = opaque('probe_handle');
const Holder = struct({ handle: Handle });
const gone = { code: 'ERR_FFI_POINTER_RELEASED' };

/** Tells whether a process runs, and is not just waiting to be looked after. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

describeEachBackend((backend, path) => {
  test('pointers of a child that has gone are refused, also by calls that wait', async () => {
    const declared = {
      probe_open: fn([i32], Handle),
      probe_open_into: fn([i32, out(Handle)], i32),
      probe_value: fn([Handle], i32),
      increment: fn([byref(Holder)], nothing),
      length_or_zero: fn([nullable(Handle)], i32),
      probe_close: fn([released(Handle)], nothing),
      add_two: fn([i32, i32], i32),
      crash_now: fn([], nothing),
    };
    await using safe = isolated(library(path, declared, { backend }));
    const { functions: c } = safe;
    const handle = await c.probe_open(5);
    const [, other] = await c.probe_open_into(6);
    if (handle === null || other === null) throw new Error('there must be pointers');
    expect(await c.probe_value(other)).toBe(6);
    const endings = await Promise.allSettled([
      c.crash_now(),
      c.probe_value(handle),
      c.increment({ handle }),
      c.probe_close(other),
      c.length_or_zero(null),
      c.add_two(1, 2),
    ]);
    expect(endings).toMatchObject([
      { reason: { code: 'ERR_FFI_ISOLATE_CRASHED' } },
      { reason: gone },
      { reason: gone },
      { reason: gone },
      { value: 0 },
      { value: 3 },
    ]);
    await expect(c.probe_value(handle)).rejects.toMatchObject(gone);
    const next = await c.probe_open(7);
    if (next === null) throw new Error('there must be a pointer');
    expect(await c.probe_value(next)).toBe(7);
  });

  test('a variable cannot be seen in another process', () => {
    const c = library(fixturePath('kinds'), { counter: variable(i32) }, { backend });
    const safe = isolated(c);
    expect(() => (safe.functions.counter as unknown as { value: number }).value).toThrow(
      expect.objectContaining({ code: 'ERR_FFI_UNSUPPORTED' }),
    );
  });

  test
    .runIf(process.platform === 'linux')
    .each(['SIGKILL', 'SIGTERM', 'exit', 'exception', 'worker'])(
    'a child that is in C ends with its parent: %s',
    async (way) => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        main,
        way,
        backend,
        path,
      ]).catch((error: { stdout: string }) => error);
      const pid = Number(stdout);
      expect(pid).toBeGreaterThan(1);
      while (runs(pid)) await setTimeout(20);
    },
  );
});
