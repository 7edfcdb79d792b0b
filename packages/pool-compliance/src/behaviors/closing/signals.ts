import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CloseReport, WorkerExit } from '@sockpool/pool-core';
import { requirement } from '../../capabilities.ts';
import { LineClient } from '../../clients/line-client.ts';
import { moduleUrl } from '../../module-url.ts';
import { handlerUrl, type PoolKind } from '../../pool-under-test.ts';
import { type Program, serve, start, type StartedProgram } from '../../program.ts';

/** What a pool does when its program gets a signal, or dies. */
export function describeSignals(kind: PoolKind): void {
  const apart = requirement(kind, 'runsApart');
  describe(`${kind.name} signals`, () => {
    test.each(['SIGTERM', 'SIGINT'] as const)(
      '%s closes gracefully: clients who wait are served, and the program ends with exit code 0',
      async (signal) => {
        const program = await serve(kind, { workers: 3, maxConnectionsPerWorker: 1 });
        const clients = await Promise.all(
          Array.from({ length: 30 }, () => LineClient.connect(program.address)),
        );
        const served = clients.map(async (client) => [
          await client.ask('echo bye'),
          (await client.end()).errorCode,
        ]);
        program.child.kill(signal);
        expect(await Promise.all(served)).toEqual(clients.map(() => ['BYE', undefined]));
        const report = (await program.event('closed')) as CloseReport;
        expect(report.cutConnections).toBe(0);
        expect(await program.ended).toEqual([0, null]);
      },
    );

    test('30 pools in one program close on one signal, and Node warns of nothing', async () => {
      const options = {
        ...kind.options,
        workers: 1,
        controlSignals: true,
        bootTimeoutMs: 60_000,
      };
      const main = fileURLToPath(moduleUrl('many-pools-main'));
      const child = spawn(
        process.execPath,
        [
          main,
          kind.moduleUrl,
          kind.Pool.name,
          handlerUrl('commands').href,
          JSON.stringify(options),
        ],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      );
      onTestFinished(() => void child.kill('SIGKILL'));
      const ended = once(child, 'exit');
      const stderr = text(child.stderr);
      child.stdout.setEncoding('utf8');
      const [said] = (await once(child.stdout, 'data')) as [string];
      expect(said).toBe('30 pools listen\n');
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(await stderr).toBe('');
    });

    test('a second signal destroys the pool', async () => {
      const program = await serve(kind, { shutdown: { graceMs: 60_000 } });
      const client = await LineClient.connect(program.address);
      await client.ask('echo open');
      program.child.kill('SIGTERM');
      await program.event('closing');
      program.child.kill('SIGTERM');
      expect(await program.event('closed')).toMatchObject({ cutConnections: 1 });
      await client.ended;
      expect(await program.ended).toEqual([0, null]);
    });

    test('clients are served for readinessDelayMs after the first signal, which a second one ends', async () => {
      const program = await serve(kind, { shutdown: { readinessDelayMs: 60_000 } });
      program.child.kill('SIGTERM');
      await program.event('closing');
      const client = await LineClient.connect(program.address);
      expect(await client.ask('echo still')).toBe('STILL');
      program.child.kill('SIGTERM');
      await program.event('closed');
      await client.ended;
      expect(await program.ended).toEqual([0, null]);
    });

    test.skipIf(apart.missing)(
      `SIGTERM while the pool starts closes it as soon as it listens, with exit code 0${apart.note}`,
      async () => {
        const { program, workers } = await starting(kind);
        program.child.kill('SIGTERM');
        for (const worker of workers) worker.end();
        await program.event('listening');
        await program.event('closing');
        expect(await program.event('closed')).toMatchObject({ cutConnections: 0 });
        expect(await program.ended).toEqual([0, null]);
      },
    );

    test.skipIf(apart.missing)(
      `signals end a program whose pool never comes to listen as they would without it${apart.note}`,
      async () => {
        const { program, workers } = await starting(kind);
        program.child.kill('SIGINT');
        program.child.kill('SIGTERM');
        // The system does not promise which of two comes first.
        expect(await program.ended).toEqual([null, expect.stringMatching(/^SIG(INT|TERM)$/)]);
        for (const worker of workers) worker.end();
      },
    );

    test.skipIf(process.platform === 'win32')(
      'signals to the whole process group end no worker, not even one that is starting',
      async () => {
        const program = start(kind, { workers: 3, controlSignals: true }, { leadsGroup: true });
        await program.event('starting');
        // At several moments of a start, and of the restarts that they are for.
        for (let round = 0; round < 8; round += 1) {
          process.kill(-(program.child.pid ?? 0), 'SIGHUP');
          await setTimeout(15);
        }
        const { address } = (await program.event('listening')) as Program;
        await program.event('restarted');
        await endsUnharmed({ ...program, address });
      },
    );

    test.skipIf(process.platform !== 'linux')(
      'signals to every process but the primary end no worker, not even one that is starting',
      async () => {
        const program = start(kind, { workers: 3 });
        await program.event('starting');
        const { pid = 0 } = program.child;
        // At several moments of a start: those that are hit early are started again.
        for (let round = 0; round < 6; round += 1) {
          signalChildren(pid);
          await setTimeout(15);
        }
        const { address } = (await program.event('listening')) as Program;
        signalChildren(pid);
        await endsUnharmed({ ...program, address });
      },
    );

    test.skipIf(apart.missing)(
      `with controlSignals, SIGHUP restarts, SIGTTIN adds a worker and SIGTTOU removes it${apart.note}`,
      async () => {
        const program = await serve(kind, { workers: 1, controlSignals: true });
        const client = await LineClient.connect(program.address);
        const before = await client.ask('native');
        await client.end();
        program.child.kill('SIGHUP');
        expect(await program.event('restarted')).toMatchObject({
          generation: 1,
          cutConnections: 0,
        });
        const next = await LineClient.connect(program.address);
        expect(await next.ask('native')).not.toBe(before);
        await next.end();
        program.child.kill('SIGTTIN');
        expect(await program.event('resized')).toMatchObject({ previousWorkers: 1, workers: 2 });
        program.child.kill('SIGTTOU');
        expect(await program.event('resized')).toMatchObject({ previousWorkers: 2, workers: 1 });
        program.child.kill('SIGTTOU');
        expect(await program.event('resized')).toMatchObject({ previousWorkers: 1, workers: 1 });
        program.child.kill('SIGTERM');
        expect(await program.ended).toEqual([0, null]);
      },
    );

    test.skipIf(kind.capabilities.upgrades === true)(
      'with controlSignals, SIGUSR2 is told of as an error, and the pool serves on',
      async () => {
        const program = await serve(kind, { workers: 1, controlSignals: true });
        program.child.kill('SIGUSR2');
        expect(await program.event('error')).toMatch(/^Signal SIGUSR2: Cannot upgrade this kind/);
        const client = await LineClient.connect(program.address);
        expect(await client.ask('echo on')).toBe('ON');
        await client.end();
        program.child.kill('SIGTERM');
        expect(await program.ended).toEqual([0, null]);
      },
    );

    test('without controlSignals, SIGHUP ends the program as it does any', async () => {
      const program = await serve(kind, { workers: 1 });
      program.child.kill('SIGHUP');
      expect(await program.ended).toEqual([null, 'SIGHUP']);
    });

    test.skipIf(apart.missing)(
      `no worker outlives a program that is killed, not even one in an infinite loop${apart.note}`,
      async () => {
        const program = await serve(kind, { workers: 3 });
        expect(await (await LineClient.connect(program.address)).ask('spin')).toBe('spinning');
        const client = await LineClient.connect(program.address);
        expect(await client.ask('echo open')).toBe('OPEN');
        program.child.kill('SIGKILL');
        await program.ended;
        await client.ended;
        // Each worker holds the listening socket, so the port tells that all of them are gone.
        await expect
          .poll(async () => (await LineClient.start(program.address).ended).errorCode)
          .toBe('ECONNREFUSED');
      },
    );
  });
}

/** Sees that a program serves, closes by itself, and that no worker has died and nothing has failed. */
async function endsUnharmed(program: StartedProgram & Pick<Program, 'address'>): Promise<void> {
  const client = await LineClient.connect(program.address);
  expect(await client.ask('echo on')).toBe('ON');
  await client.end();
  program.child.kill('SIGTERM');
  expect(await program.event('closed')).toMatchObject({ cutConnections: 0 });
  expect(await program.ended).toEqual([0, null]);
  const exits = (await eventsUntilEnd(program, 'workerExit')) as WorkerExit[];
  expect(exits.filter(({ expected }) => !expected)).toEqual([]);
  const errors = await eventsUntilEnd(program, 'error');
  // A restart that the close has ended.
  expect(errors.filter((error) => !String(error).includes('the pool is closed'))).toEqual([]);
}

/** Signals every process but the primary, as a service manager may. Linux only. */
function signalChildren(pid: number): void {
  for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)) {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      try {
        process.kill(Number(child), signal);
      } catch {
        // It has just ended.
      }
    }
  }
}

/** What is left of the events of one name, when the program has ended. */
async function eventsUntilEnd(program: StartedProgram, name: string): Promise<unknown[]> {
  const values: unknown[] = [];
  for (;;) {
    try {
      values.push(await program.event(name));
    } catch {
      return values;
    }
  }
}

/** Starts a program whose pool has two workers that load until their connections here are ended. */
async function starting(
  kind: PoolKind,
): Promise<{ readonly program: StartedProgram; readonly workers: readonly Socket[] }> {
  const workers: Socket[] = [];
  const { promise: loading, resolve } = Promise.withResolvers<void>();
  const door = net.createServer((worker) => {
    // A worker may be killed.
    workers.push(worker.on('error', () => undefined).resume());
    if (workers.length === 2) resolve();
  });
  onTestFinished(() => void door.close());
  await once(door.listen(0, '127.0.0.1'), 'listening');
  const { port } = door.address() as AddressInfo;
  const program = start(
    kind,
    { handler: handlerUrl('ready-when-told'), workers: 2 },
    { env: { SOCKPOOL_TEST_DOOR: String(port) } },
  );
  await loading;
  return { program, workers };
}
