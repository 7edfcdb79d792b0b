import { describe, expect, onTestFinished, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { LineClient } from '../../clients/line-client.ts';
import { oneClientPerWorker, type PoolKind } from '../../pool-under-test.ts';
import { listening, start } from '../../program.ts';

/** What a pool does when the system does not give it what a worker takes. */
export function describeSpawnFailures(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe.skipIf(process.platform === 'win32')(`${kind.name} spawn failures`, () => {
    test.skipIf(apart.missing)(
      `a worker that cannot be replaced without descriptors is reported and tried again, and others serve on${apart.note}`,
      async () => {
        const program = await listening(
          start(
            kind,
            { respawn: { initialDelayMs: 300, maxDelayMs: 300, maxConsecutiveCrashes: 3 } },
            { descriptors: 200, env: { SOCKPOOL_TEST_HOG: '1' } },
          ),
        );
        const connect = async (): Promise<LineClient> => {
          const client = await LineClient.connect(program.address);
          onTestFinished(() => client[Symbol.asyncDispose]());
          return client;
        };
        const [victim, other] = await oneClientPerWorker(connect, 2);
        for (const _ of program.workers) await program.event('workerReady');
        program.child.kill('SIGUSR1');
        await program.event('hogging');
        victim?.send('exit 3');
        expect(await program.event('workerExit')).toMatchObject({ worker: 0, code: 3 });
        // More than a crash loop would take.
        for (let attempt = 1; attempt <= 6; attempt += 1) {
          expect(await program.event('workerSpawnFailed')).toMatchObject({
            workerId: 0,
            message: expect.stringMatching(
              /^Cannot spawn worker 0: .*EMFILE; raise the limit of open files \(ulimit -n\)$/,
            ),
          });
          expect(await other?.ask('echo on')).toBe('ON');
        }
        expect(await program.event('error')).toMatch(/Worker 0 ended/);
        expect(await program.event('error')).toMatch(
          /^Cannot spawn worker 0: .*EMFILE.* The pool tries again in \d+ ms, the others serve on$/,
        );
        program.child.kill('SIGUSR1');
        expect(await program.event('workerReady')).toBe(0);
        await other?.end();
        for (const client of await oneClientPerWorker(connect, 2)) await client.end();
        program.child.kill('SIGTERM');
        await program.event('closed');
        expect(await program.ended).toEqual([0, null]);
      },
    );
  });
}
