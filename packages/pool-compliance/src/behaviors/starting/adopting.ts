import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CloseReport } from '@sockpool/pool-core';
import { LineClient } from '../../clients/line-client.ts';
import { moduleUrl } from '../../module-url.ts';
import { createPool, handlerUrl, type PoolKind } from '../../pool-under-test.ts';

interface Adopting {
  readonly address: net.AddressInfo;
  readonly second: net.AddressInfo;
  readonly close: () => void;
  readonly closed: Promise<CloseReport>;
  readonly exitCode: Promise<number | null>;
}

/** Starts a program whose pool listens on two sockets that it got as descriptors, one after the other. */
async function adopt(kind: PoolKind, fd: number): Promise<Adopting> {
  const main = fileURLToPath(moduleUrl('serve-main'));
  const options = {
    handler: handlerUrl('commands').href,
    workers: 2,
    maxConnectionsPerWorker: 1,
    bootTimeoutMs: 60_000,
  };
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const address = bound.address();
  const other = new net.BoundSocket({ host: '127.0.0.2' });
  const second = other.address();
  const stdio: (number | 'ignore' | 'inherit' | 'pipe')[] = ['ignore', 'pipe', 'inherit'];
  while (stdio.length < fd) stdio.push('ignore');
  const child = spawn(
    process.execPath,
    [
      main,
      kind.moduleUrl,
      kind.Pool.name,
      JSON.stringify({ ...options, ...kind.options }),
      JSON.stringify([{ fd }, { fd: fd + 1 }]),
    ],
    { stdio: [...stdio, bound.fd(), other.fd()] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const exitCode = once(child, 'exit').then(([code]) => code as number | null);
  await once(child, 'spawn');
  bound.close();
  other.close();
  const listening = Promise.withResolvers<unknown>();
  const closed = Promise.withResolvers<CloseReport>();
  createInterface(child.stdout ?? process.stdin).on('line', (line) => {
    const { event, value } = JSON.parse(line) as { event: string; value: unknown };
    if (event === 'listening') listening.resolve((value as { addresses: unknown }).addresses);
    if (event === 'closed') closed.resolve(value as CloseReport);
  });
  expect(await listening.promise).toEqual([address, second]);
  return { address, second, close: () => child.kill('SIGTERM'), closed: closed.promise, exitCode };
}

/** Resolves when nobody listens there any more. */
async function portClosed(address: net.AddressInfo): Promise<void> {
  for (;;) {
    const client = LineClient.start(address);
    const connected = once(client.socket, 'connect').then(
      () => true,
      () => false,
    );
    const open = await connected;
    await client[Symbol.asyncDispose]();
    if (!open) return;
  }
}

/** What a pool does with a socket that it is given as a descriptor. */
export function describeAdopting(kind: PoolKind): void {
  describe(`${kind.name}.listen({ fd })`, () => {
    // What a worker inherits under the numbers of its own channels is replaced by them; 9 is not.
    test.each([3, 9])(
      'serves on descriptor %i, and closes it without losing who waits in the backlog',
      async (fd) => {
        const pool = await adopt(kind, fd);
        const aside = await LineClient.connect(pool.second);
        expect(await aside.ask('address')).toBe('1');
        await aside.end();
        const clients = await Promise.all(
          Array.from({ length: 12 }, () => LineClient.connect(pool.address)),
        );
        const [last, ...others] = clients;
        // Each keeps its capacity until it has ended, so that ten of them wait.
        const served = others.map(async (client) => [
          await client.ask('echo hello'),
          (await client.end()).errorCode,
        ]);
        pool.close();
        expect(await Promise.all(served)).toEqual(others.map(() => ['HELLO', undefined]));
        // No worker holds the port open, though one is still serving.
        expect(await last?.ask('echo still')).toBe('STILL');
        await Promise.all([portClosed(pool.address), portClosed(pool.second)]);
        expect(await last?.ask('echo here')).toBe('HERE');
        await last?.end();
        expect((await pool.closed).cutConnections).toBe(0);
        expect(await pool.exitCode).toBe(0);
      },
    );

    test('rejects for a descriptor that is no socket', async () => {
      const fd = openSync('/dev/null', 'r');
      try {
        await expect(createPool(kind).listen({ fd })).rejects.toThrow(/EINVAL|ENOTSOCK|socket/);
      } finally {
        closeSync(fd);
      }
    });
  });
}
