import { closeSync, existsSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { deathOrder } from '../../death-order.ts';
import { LineClient } from '../../clients/line-client.ts';
import { handlerUrl, oneClientPerWorker, type PoolKind } from '../../pool-under-test.ts';
import { listening, serve, start, type StartedProgram } from '../../program.ts';

/** Waits for a program's end and counts the workers that died in it. */
async function deathsUntilEnd(program: StartedProgram): Promise<number> {
  for (let deaths = 0; ; deaths += 1) {
    const died = await program.event('workerExit').then(
      () => true,
      () => false,
    );
    if (!died) return deaths;
  }
}

const fullDisk = '/dev/full';

/** What becomes of a whole program, and of its clients, when something around it fails. */
export function describeFaults(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  const separate = requirement(kind, 'isProcess');
  describe(`${kind.name} faults`, () => {
    test.skipIf(apart.missing)(
      `a crash loop ends the program with one clear error and exit code 1, after a bounded number of workers${apart.note}`,
      async () => {
        const order = deathOrder();
        const program = start(
          kind,
          {
            handler: handlerUrl('dies-when-told').href,
            workerData: order.path,
            workers: 2,
            respawn: { initialDelayMs: 1, maxDelayMs: 1, maxConsecutiveCrashes: 3 },
          },
          { stderr: 'pipe' },
        );
        const said = text(program.child.stderr as Readable);
        await program.event('listening');
        order.give();
        const deaths = await deathsUntilEnd(program);
        expect(await program.ended).toEqual([1, null]);
        expect(await said).toMatch(
          /CrashLoopError: Worker [01] died 3 times in a row \(last: with exit code 7, process\.exit\(7\) was called\); the pool has closed/,
        );
        expect(await said).toContain("code: 'ERR_CRASH_LOOP'");
        expect(deaths).toBeGreaterThanOrEqual(3);
        // Three of each of the two workers, and those of one while it waits for the other's third.
        expect(deaths).toBeLessThanOrEqual(60);
      },
    );

    test('a handler module that throws ends the program with its error and exit code 1', async () => {
      const program = start(
        kind,
        { handler: handlerUrl('throws-at-load').href },
        { stderr: 'pipe' },
      );
      const said = text(program.child.stderr as Readable);
      expect(await program.ended).toEqual([1, null]);
      expect(await said).toMatch(/WorkerBootError: Cannot start worker [01]: no database/);
    });

    test.skipIf(apart.missing || !existsSync(fullDisk))(
      `a full disk under its log costs a program nothing but the log${apart.note}`,
      async () => {
        const log = openSync(fullDisk, 'w');
        const starting = start(kind, { workers: 2 }, { stderr: log, logsToStderr: true });
        closeSync(log);
        const program = await listening(starting);
        const other = await LineClient.connect(program.address);
        expect(await other.ask('echo one')).toBe('ONE');
        const victim = await LineClient.connect(program.address);
        const [own, others] = [await victim.ask('worker'), await other.ask('worker')];
        for (let entry = 0; entry < 20; entry += 1) {
          victim.send('log the handler says');
          expect(await victim.ask('echo logged')).toBe('LOGGED');
        }
        // The death of a worker is logged as well.
        victim.send('exit 3');
        expect(await program.event('workerExit')).toMatchObject({ code: 3, worker: Number(own) });
        await victim.ended;
        // One ready at the start for each worker, and the one that replaces it.
        for (let ready = 0; ready < 3; ready += 1) await program.event('workerReady');
        if (own !== others) expect(await other.ask('echo still')).toBe('STILL');
        await other.end();
        const newcomer = await LineClient.connect(program.address);
        expect(await newcomer.ask('echo new')).toBe('NEW');
        await newcomer.end();
        program.child.kill('SIGTERM');
        expect(await program.ended).toEqual([0, null]);
      },
    );

    test.skipIf(process.platform === 'win32')(
      'a closed pipe under its log costs a program nothing but the log',
      async () => {
        const starting = start(kind, { workers: 1 }, { stderr: 'pipe', logsToStderr: true });
        const program = await listening(starting);
        program.child.stderr?.destroy();
        const client = await LineClient.connect(program.address);
        for (let entry = 0; entry < 20; entry += 1) {
          client.send(`log entry ${entry}`);
          expect(await client.ask('echo logged')).toBe('LOGGED');
        }
        const victim = await LineClient.connect(program.address);
        victim.send('reject');
        await victim.ended;
        expect(await client.ask('echo still')).toBe('STILL');
        await client.end();
        program.child.kill('SIGTERM');
        expect(await program.ended).toEqual([0, null]);
      },
    );

    test.skipIf(apart.missing)(
      `a worker that fills its heap is replaced, and the other one serves on${apart.note}`,
      async () => {
        const options = { workers: 2, ...kind.smallHeap };
        const program = await listening(start(kind, options, { stderr: 'pipe' }));
        // V8 writes a report of many lines, which nobody needs here.
        program.child.stderr?.resume();
        const [victim, other] = await oneClientPerWorker(
          () => LineClient.connect(program.address),
          2,
        );
        victim?.send('fill');
        expect(await program.event('workerExit')).toMatchObject({ expected: false, worker: 0 });
        await victim?.ended;
        expect(await other?.ask('echo on')).toBe('ON');
        for (let ready = 0; ready < 3; ready += 1) await program.event('workerReady');
        await other?.end();
        program.child.kill('SIGTERM');
        expect(await program.ended).toEqual([0, null]);
      },
    );

    test.skipIf(separate.missing || process.platform === 'win32')(
      `a worker that was stopped by SIGSTOP is told of as stuck and replaced, and the other one serves on${separate.note}`,
      async () => {
        const program = await serve(kind, {
          workers: 2,
          health: { stuckTimeoutMs: 3_000 },
        });
        const [victim, other] = await oneClientPerWorker(
          () => LineClient.connect(program.address),
          2,
        );
        const native = await victim?.ask('native');
        process.kill(Number(native?.split('/')[0]), 'SIGSTOP');
        expect(await program.event('workerStuck')).toBe(0);
        expect(await program.event('workerExit')).toMatchObject({
          expected: false,
          signal: 'SIGKILL',
          worker: 0,
        });
        await victim?.ended;
        expect(await other?.ask('echo on')).toBe('ON');
        for (let ready = 0; ready < 3; ready += 1) await program.event('workerReady');
        await other?.end();
        program.child.kill('SIGTERM');
        expect(await program.ended).toEqual([0, null]);
      },
    );
  });
}
