import { describe, expect, onTestFinished, test } from 'vitest';
import type { PoolOptions, WorkerPool } from '@sockpool/pool-core';
import { requirement } from '../../capabilities.ts';
import { LineClient } from '../../clients/line-client.ts';
import {
  createPool,
  handlerUrl,
  oneClientPerWorker,
  type PoolKind,
} from '../../pool-under-test.ts';
import { recordingLogger } from '../../recording-logger.ts';

type Task = 'holds' | 'slowly' | 'once' | 'throws' | 'clings';

/** What leaders have told and which workers have ended, in that order. */
async function ledPool(
  kind: PoolKind,
  task: Task,
  options: Partial<PoolOptions> = {},
): Promise<{ pool: WorkerPool; told: string[]; clients: () => Promise<LineClient[]> }> {
  const handler = handlerUrl('leads');
  handler.searchParams.set('task', task);
  const workers = options.workers === undefined || options.workers === 'auto' ? 2 : options.workers;
  const pool = createPool(kind, { workers, ...options, handler });
  const told: string[] = [];
  const news = pool.channel('leader');
  news.addEventListener('message', ({ data }) => told.push(data as string));
  pool.on('workerExit', ({ workerId, generation }) => told.push(`exit ${workerId}/${generation}`));
  await pool.listen();
  const connect = async (): Promise<LineClient> => {
    const client = await LineClient.connect(pool.address);
    onTestFinished(() => client[Symbol.asyncDispose]());
    return client;
  };
  return { pool, told, clients: () => oneClientPerWorker(connect, workers) };
}

/** The leaders of a generation, by their begin. */
const begun = (told: readonly string[]): string[] =>
  told.filter((line) => line.startsWith('begin')).map((line) => line.replace('begin ', ''));

/** Who led while another one had neither let go nor ended; at best nobody. */
function overlaps(told: readonly string[]): string[] {
  let leader: string | undefined;
  const found: string[] = [];
  for (const line of told) {
    const [what, who] = line.split(' ');
    if (what === 'begin') {
      if (leader !== undefined) found.push(`${who} beside ${leader}`);
      leader = who;
    } else if (who === leader) {
      leader = undefined;
    }
  }
  return found;
}

/** `runOnLeader()`: a task that one worker runs at a time. */
export function describeLeading(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe.skipIf(apart.missing)(`${kind.name} leading${apart.note}`, () => {
    test.each(['holds', 'slowly'] as const)(
      'over restarts the next leader begins when the last one has let go, in the newest generation: %s',
      async (task) => {
        const { pool, told } = await ledPool(kind, task, { workers: 3 });
        await expect.poll(() => begun(told)).toHaveLength(1);
        for (let generation = 1; generation <= 3; generation += 1) {
          await pool.restart();
          await expect.poll(() => begun(told).at(-1)).toMatch(`/${generation}`);
        }
        expect(begun(told).map((who) => who.split('/')[1])).toEqual(['0', '1', '2', '3']);
        expect(overlaps(told)).toEqual([]);
        await pool.close();
        // Nobody begins while the pool closes, and the last one has let go.
        expect(begun(told)).toHaveLength(4);
        expect(told.filter((line) => line.startsWith('end'))).toHaveLength(4);
      },
    );

    test('a leader that dies is followed by another one', async () => {
      const { told, clients } = await ledPool(kind, 'holds');
      await expect.poll(() => begun(told)).toHaveLength(1);
      const leader = Number(begun(told)[0]?.split('/')[0]);
      (await clients())[leader]?.send('die');
      await expect.poll(() => begun(told)).toHaveLength(2);
      expect(told.slice(0, 2)).toEqual([`begin ${leader}/0`, `exit ${leader}/0`]);
      expect(overlaps(told)).toEqual([]);
    });

    test('a leader whose event loop hangs leads until the pool has killed it', async () => {
      const { told, clients } = await ledPool(kind, 'holds', {
        health: { stuckTimeoutMs: 2_000, stack: false },
      });
      await expect.poll(() => begun(told)).toHaveLength(1);
      const leader = Number(begun(told)[0]?.split('/')[0]);
      await (await clients())[leader]?.ask('spin');
      await expect.poll(() => begun(told).length).toBeGreaterThan(1);
      // On a busy machine another one may be taken for stuck as well.
      expect(told).toContain(`exit ${leader}/0`);
      expect(overlaps(told)).toEqual([]);
    });

    test('a leader that does not let go leads until the grace period of its restart ends it', async () => {
      const { pool, told } = await ledPool(kind, 'clings');
      await expect.poll(() => begun(told)).toHaveLength(1);
      const [leader] = begun(told);
      await pool.restart({ graceMs: 200 });
      await expect.poll(() => begun(told)).toHaveLength(2);
      expect(told.indexOf(`exit ${leader}`)).toBeGreaterThan(0);
      expect(overlaps(told)).toEqual([]);
      await pool.close({ graceMs: 200 });
      expect(begun(told)).toHaveLength(2);
    });

    test('a task that is done lets the other workers run theirs, one after another', async () => {
      const { told } = await ledPool(kind, 'once', { workers: 3 });
      await expect.poll(() => told.filter((line) => line.startsWith('end'))).toHaveLength(3);
      expect(begun(told).toSorted()).toEqual(['0/0', '1/0', '2/0']);
      expect(overlaps(told)).toEqual([]);
    });

    test('a task that fails is told with its file, and harms nobody', async () => {
      const { entries, logger } = recordingLogger();
      const { told, clients } = await ledPool(kind, 'throws', { logger });
      await expect.poll(() => begun(told)).toHaveLength(2);
      const failures = (): unknown[] =>
        entries.filter(({ message }) => message.includes('runOnLeader()'));
      await expect.poll(failures).toHaveLength(2);
      expect(failures()[0]).toMatchObject({
        level: 'error',
        message: expect.stringContaining('A task of runOnLeader() failed: the task is too hard'),
        fields: { error: { name: 'RangeError', stack: expect.stringContaining('leads.js') } },
      });
      expect(await clients()).toHaveLength(2);
      expect(told.filter((line) => line.startsWith('exit'))).toEqual([]);
    });
  });
}
