import { handlerUrl, LineClient } from '@sockpool/pool-compliance';
import { ProcessPool, type PoolOptions } from '@sockpool/process-pool';
import { ThreadPool } from '@sockpool/thread-pool';
import { describe, expect, onTestFinished, test } from 'vitest';

const silent = (): undefined => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const options: PoolOptions = {
  handler: handlerUrl('commands'),
  workers: 2,
  closeOnSignals: false,
  bootTimeoutMs: 60_000,
  logger,
};

const KINDS = {
  'ProcessPool accepting in the workers': () => new ProcessPool(options),
  'ProcessPool accepting in the primary': () => new ProcessPool({ ...options, accept: 'primary' }),
  'ThreadPool accepting in the workers': () => new ThreadPool({ ...options, accept: 'worker' }),
  'ThreadPool accepting in the primary': () => new ThreadPool(options),
} as const;

type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];
const pairs = kinds.flatMap((first) => kinds.map((second) => [first, second] as const));

describe('Two pools in one program: the first closes, the second serves on', () => {
  test.each(pairs)('%s, %s', async (first, second) => {
    const pools = [KINDS[first](), KINDS[second]()] as const;
    onTestFinished(async () => {
      await Promise.all(pools.map((pool) => pool.destroy()));
    });
    const [closing, serving] = pools;
    const address = await closing.listen();
    const held = await LineClient.connect(address);
    expect(await held.ask('echo held')).toBe('HELD');
    // Its workers start while the other one listens and has a client.
    await serving.listen();
    await serving.restart();
    const closed = await closing.close({ graceMs: 0 });
    expect(closed.cutConnections).toBe(1);
    // Neither hangs because of a worker of the other pool.
    await held.ended;
    expect((await LineClient.start(address).ended).errorCode).toBe('ECONNREFUSED');
    const client = await LineClient.connect(serving.address);
    expect(await client.ask('echo on')).toBe('ON');
    await client.end();
  });
});
