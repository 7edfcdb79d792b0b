import { exchange } from '@sockpool/pool-compliance';
import { describe, expect, test } from 'vitest';
import { GUIDE_POOLS, plainServer, programOf, runPrograms } from './guide-programs.ts';

const GUIDE = 'messages';

describe.each(GUIDE_POOLS)('messages.md on a $Pool', (pool) => {
  test('cached-handler.ts forgets in every worker, and tells the primary', async () => {
    const { port, printed, terminate } = await runPrograms(
      await programOf(pool, GUIDE, 'cached-handler.ts'),
      await programOf(pool, GUIDE, 'cached-server.ts'),
    );
    const ask = async (method: string): Promise<string> => {
      const headers = { connection: 'close' };
      return (await fetch(`http://127.0.0.1:${port}/page`, { method, headers })).text();
    };
    expect(await ask('GET')).toMatch(/^\d{4}-/);
    expect(await ask('DELETE')).toBe('forgotten\n');
    await expect.poll(() => printed).toContain('forgotten /page');
    expect(await terminate()).toBe(0);
  });

  test('timer-handler.ts has its timer in one worker', async () => {
    const { port, terminate } = await runPrograms(
      await programOf(pool, GUIDE, 'timer-handler.ts'),
      plainServer(pool, "workers: 2, accept: 'primary', scheduling: 'round-robin'"),
    );
    const answers = async (): Promise<string[]> => {
      const pair = [await exchange(port, 'hello'), await exchange(port, 'hello')];
      return pair.toSorted();
    };
    await expect.poll(answers).toEqual(['false\n', 'true\n']);
    expect(await terminate()).toBe(0);
  });

  test('database-handler.ts has its database while it serves', async () => {
    const { port, printed, terminate } = await runPrograms(
      await programOf(pool, GUIDE, 'database-handler.ts'),
      plainServer(pool, 'workers: 1'),
    );
    expect(await exchange(port, 'hello')).toBe('true\n');
    expect(await terminate()).toBe(0);
    expect(printed).toContain('worker 0 has closed its database');
  });
});
