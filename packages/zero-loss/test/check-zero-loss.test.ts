import { expect, test } from 'vitest';
import { checkZeroLoss } from '../src/check-zero-loss.ts';
import { poolDisruptions } from '../src/pool-disruptions.ts';
import { assertZeroLoss, ZeroLossError, ZeroLossTimeoutError } from '../src/zero-loss-error.ts';
import type { ZeroLossOptions } from '../src/zero-loss-options.ts';
import { startUpperCaseServer } from './fixtures/upper-case-server.ts';

/** A small load, so that the tests are quick. */
const SMALL = {
  held: { connections: 5, rate: 100, requestsPerConnection: 10 },
  newConnections: { rate: 20 },
  quietMs: 50,
  replyTimeoutMs: 300,
} satisfies Partial<ZeroLossOptions>;

const nothing = { name: 'nothing', run: async (): Promise<void> => undefined };

test('checkZeroLoss() finds no loss where nothing happens, and counts requests and connections', async () => {
  const { address } = await startUpperCaseServer();
  const report = await checkZeroLoss({ ...SMALL, address, disruptions: [nothing] });
  expect(report.losses).toEqual([]);
  expect(report.ok).toBe(true);
  expect(report.right).toBeGreaterThan(20);
  expect(report.opened).toBeGreaterThan(5);
  expect(report.disruptions).toMatchObject([{ name: 'nothing' }]);
  expect(() => assertZeroLoss(report)).not.toThrow();
});

test('checkZeroLoss() counts connections that a disruption resets', async () => {
  const server = await startUpperCaseServer();
  const report = await checkZeroLoss({
    ...SMALL,
    address: server.address,
    disruptions: [
      {
        name: 'reset',
        run: async () => {
          // Requests are in flight then: each is reset as soon as one is there.
          for (const connection of server.connections) {
            connection.removeAllListeners('data');
            connection.once('data', () => connection.resetAndDestroy());
          }
        },
      },
    ],
  });
  expect(report.ok).toBe(false);
  expect(report.losses).toContainEqual({
    clients: 'held',
    lossClass: 'reset',
    count: expect.any(Number) as number,
  });
  expect(() => assertZeroLoss(report)).toThrow(ZeroLossError);
  expect(() => assertZeroLoss(report)).toThrow(/lost: \d+ × reset \(held\)/);
});

test('checkZeroLoss() counts connections that are refused meanwhile', async () => {
  const server = await startUpperCaseServer();
  const report = await checkZeroLoss({
    ...SMALL,
    address: server.address,
    disruptions: [
      {
        name: 'close the port',
        run: async () => {
          await server.close();
          // Until a client has met the closed port.
          const before = server.connections.size;
          await expect.poll(() => server.connections.size < before || before === 0).toBe(true);
        },
      },
      { name: 'open it again', run: () => server.listen() },
    ],
  });
  expect(report.losses.map(({ lossClass }) => lossClass)).toContain('refused');
});

test('checkZeroLoss() counts replies that are swallowed after the last disruption as timeouts', async () => {
  let mute = false;
  const { address } = await startUpperCaseServer((request) => (mute ? '' : request.toUpperCase()));
  const report = await checkZeroLoss({
    ...SMALL,
    address,
    disruptions: [
      {
        name: 'fall silent',
        run: async () => {
          mute = true;
        },
      },
    ],
  });
  expect(report.losses).toContainEqual({
    clients: 'held',
    lossClass: 'timeout',
    count: expect.any(Number) as number,
  });
});

test('checkZeroLoss() counts wrong replies, and the report shows one', async () => {
  let wrong = false;
  const { address } = await startUpperCaseServer((request) =>
    wrong ? request.toUpperCase().replaceAll(/[A-Z]/g, 'x') : request.toUpperCase(),
  );
  const report = await checkZeroLoss({
    ...SMALL,
    address,
    disruptions: [
      {
        name: 'garble',
        run: async () => {
          wrong = true;
        },
      },
    ],
  });
  expect(report.losses.map(({ lossClass }) => lossClass)).toContain('wrongReply');
  expect(() => assertZeroLoss(report)).toThrow(/asked '.+', expected '.+', got '.*x/);
});

test('checkZeroLoss() rejects with what a disruption rejects with, and stops its load', async () => {
  const server = await startUpperCaseServer();
  const check = checkZeroLoss({
    ...SMALL,
    address: server.address,
    disruptions: [{ name: 'fail', run: () => Promise.reject(new Error('no restart')) }],
  });
  await expect(check).rejects.toThrow('no restart');
  await expect.poll(() => server.connections.size).toBe(0);
});

test('checkZeroLoss() rejects with the reason of its signal, and stops its load', async () => {
  const server = await startUpperCaseServer();
  const controller = new AbortController();
  const check = checkZeroLoss({
    ...SMALL,
    address: server.address,
    signal: controller.signal,
    disruptions: [
      {
        name: 'never ends',
        run: () => {
          controller.abort(new Error('enough'));
          return new Promise(() => undefined);
        },
      },
    ],
  });
  await expect(check).rejects.toThrow('enough');
  await expect.poll(() => server.connections.size).toBe(0);
});

test('checkZeroLoss() rejects when the load cannot start', async () => {
  const { address } = await startUpperCaseServer();
  const check = checkZeroLoss({
    ...SMALL,
    address,
    workload: { messages: [] },
    disruptions: [{ name: 'never ends', run: () => new Promise(() => undefined) }],
  });
  await expect(check).rejects.toThrow(/messages/);
});

test('checkZeroLoss() rejects when its disruptions take too long, and stops its load', async () => {
  const server = await startUpperCaseServer();
  const check = checkZeroLoss({
    ...SMALL,
    address: server.address,
    maxDurationMs: 100,
    disruptions: [{ name: 'never ends', run: () => new Promise(() => undefined) }],
  });
  await expect(check).rejects.toThrow(ZeroLossTimeoutError);
  await expect.poll(() => server.connections.size).toBe(0);
});

test('checkZeroLoss() says which option is wrong', async () => {
  const { address } = await startUpperCaseServer();
  await expect(checkZeroLoss({ address, disruptions: [] })).rejects.toThrow(TypeError);
  await expect(
    checkZeroLoss({ address: undefined as unknown as string, disruptions: [nothing] }),
  ).rejects.toThrow(/Option address must be .* got undefined/);
  await expect(
    checkZeroLoss({ address, disruptions: [nothing], held: { rate: -1 } }),
  ).rejects.toThrow('Option held.rate must be a number of 1 or more, got -1');
});

test('poolDisruptions() restarts and resizes by turns, through all sizes', async () => {
  const done: string[] = [];
  const pool = {
    restart: async (): Promise<void> => void done.push('restart'),
    resize: async (workers: number): Promise<void> => void done.push(`resize ${workers}`),
  };
  for (const { run } of poolDisruptions(pool, { restarts: 1, resizes: 3, sizes: [4, 2] }))
    await run();
  expect(done).toEqual(['restart', 'resize 4', 'resize 2', 'resize 4']);
  expect(poolDisruptions(pool)).toHaveLength(40);
  expect(() => poolDisruptions(pool, { restarts: -1 })).toThrow(RangeError);
  expect(() => poolDisruptions(pool, { sizes: [] })).toThrow(RangeError);
});
