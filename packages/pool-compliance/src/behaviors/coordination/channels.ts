import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PoolChannel, WorkerPool } from '@sockpool/pool-core';
import { requirement } from '../../capabilities.ts';
import type { LineClient } from '../../clients/line-client.ts';
import { listeningPool, oneClientPerWorker, type PoolKind } from '../../pool-under-test.ts';
import { recordingLogger } from '../../recording-logger.ts';

/** Values that processes and threads alike have copies of. */
const VALUES: readonly unknown[] = [
  undefined,
  null,
  'text',
  -0,
  10n,
  new Date(5),
  /x/giu,
  new Map([['key', new Set([1])]]),
  Buffer.from('bytes'),
  Float64Array.of(1.5),
  new RangeError('too far', { cause: 'a cause' }),
  { nested: [{ deep: true }] },
];

/** Which of them is a Buffer. */
const BUFFER = 8;

/** A channel of the primary, and what it has heard. */
function hearing(pool: WorkerPool, name: string = 'chat'): { own: PoolChannel; heard: unknown[] } {
  const own = pool.channel(name);
  onTestFinished(() => own.close());
  const heard: unknown[] = [];
  own.addEventListener('message', ({ data }) => heard.push(data));
  return { own, heard };
}

async function heardBy(client: LineClient | undefined): Promise<unknown[]> {
  return JSON.parse((await client?.ask('heard')) ?? 'null') as unknown[];
}

/** Waits until a worker has heard something, and gives it all. */
async function firstHeardBy(client: LineClient | undefined): Promise<unknown[]> {
  for (;;) {
    const heard = await heardBy(client);
    if (heard.length > 0) return heard;
  }
}

/** Messages of programs to each other: `channel()` and `pool.channel()`. */
export function describeChannels(kind: PoolKind): void {
  // Workers that share one set of globals share one line.
  const apart = requirement(kind, 'runsApart');
  describe.skipIf(apart.missing)(`${kind.name} channels${apart.note}`, () => {
    test('what a worker posts reaches the others and the primary, and not the worker itself', async () => {
      const { pool, connect } = await listeningPool(kind, { name: 'posts-messages', workers: 3 });
      const { heard } = hearing(pool);
      const [first, second, third] = await oneClientPerWorker(connect, 3);
      await first?.ask('post hello');
      expect(await firstHeardBy(second)).toEqual(['hello']);
      expect(await firstHeardBy(third)).toEqual(['hello']);
      await expect.poll(() => heard).toEqual(['hello']);
      // Its turn has come round after those of the others.
      await third?.ask('post on');
      expect(await firstHeardBy(first)).toEqual(['on']);
      expect(await heardBy(third)).toEqual([]);
    });

    test('what the primary posts reaches every worker, also one that has come later', async () => {
      const { pool, connect } = await listeningPool(kind, { name: 'posts-messages' });
      const { own, heard } = hearing(pool);
      const { heard: other } = hearing(pool);
      own.postMessage('early');
      for (const client of await oneClientPerWorker(connect, 2)) {
        expect(await firstHeardBy(client)).toEqual(['early']);
        await client.end();
      }
      await pool.restart();
      own.postMessage('late');
      for (const client of await oneClientPerWorker(connect, 2)) {
        expect(await firstHeardBy(client)).toEqual(['late']);
      }
      await expect.poll(() => other).toEqual(['early', 'late']);
      expect(heard).toEqual([]);
    });

    test('messages of one sender arrive in its order', async () => {
      const { pool, connect } = await listeningPool(kind, { name: 'posts-messages' });
      const { heard } = hearing(pool);
      const clients = await oneClientPerWorker(connect, 2);
      await Promise.all(clients.map((client) => client.ask('count 500')));
      await expect.poll(() => heard.length).toBe(1_000);
      for (const id of [0, 1]) {
        const numbers = (heard as [number, number][])
          .filter(([from]) => from === id)
          .map(([, number]) => number);
        expect(numbers).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
      }
    });

    test('each channel object gets a copy of its own, of the same values on every kind of worker', async () => {
      const { pool } = await listeningPool(kind, { name: 'posts-messages', workers: 1 });
      const { own } = hearing(pool);
      const others = [hearing(pool), hearing(pool)];
      own.postMessage(VALUES);
      await expect.poll(() => others.map(({ heard }) => heard.length)).toEqual([1, 1]);
      for (const { heard } of others) expect(heard[0]).toEqual(VALUES);
      const [one, two] = others.map(({ heard }) => (heard[0] as unknown[])[BUFFER] as Buffer);
      expect(Buffer.isBuffer(one)).toBe(true);
      one?.fill(0);
      expect(String(two)).toBe('bytes');
      for (const value of [() => 1, Symbol('s'), new SharedArrayBuffer(1), new WeakMap()]) {
        expect(() => own.postMessage(value)).toThrow(
          expect.objectContaining({
            name: 'DataCloneError',
            message: expect.stringContaining("Cannot post to channel 'chat': "),
          }),
        );
      }
    });

    test('a channel that nobody has open, or that is closed, takes no messages', async () => {
      const { pool, connect } = await listeningPool(kind, { name: 'posts-messages' });
      const { own, heard } = hearing(pool, 'news');
      const [first, second] = await oneClientPerWorker(connect, 2);
      await first?.ask('close');
      await second?.ask('post unheard');
      await second?.ask('news heard');
      await expect.poll(() => heard).toEqual(['heard']);
      expect(await heardBy(first)).toEqual([]);
      own.close();
      await second?.ask('news late');
      expect(heard).toEqual(['heard']);
      expect(() => own.postMessage(1)).toThrow(
        expect.objectContaining({ name: 'InvalidStateError' }),
      );
    });

    test('what a worker has posted before it dies arrives', async () => {
      const { pool, connect } = await listeningPool(kind, { name: 'posts-messages' });
      const { heard } = hearing(pool);
      const [first, second] = await oneClientPerWorker(connect, 2);
      const exited = once(pool, 'workerExit');
      first?.send('die last words');
      await exited;
      expect(heard).toEqual(['last words']);
      expect(await firstHeardBy(second)).toEqual(['last words']);
    });

    test('messages to a worker that hangs are bounded and dropped, and told; the others get them', async () => {
      const { entries, logger } = recordingLogger();
      const maxQueuedBytes = 262_144;
      const { pool, connect } = await listeningPool(kind, {
        name: 'posts-messages',
        channels: { maxQueuedBytes },
        logger,
      });
      const { own } = hearing(pool);
      const [hanging, well] = await oneClientPerWorker(connect, 2);
      await hanging?.ask('block');
      const told = (): string[] =>
        entries
          .filter(({ message }) => message.includes('does not take'))
          .map(({ message }) => message);
      // The one that is well takes each part before the next is posted.
      for (let part = 0; part < 10; part += 1) {
        own.postMessage('x'.repeat(65_000));
        expect((await firstHeardBy(well)).length).toBe(1);
      }
      expect(told()[0]).toBe(
        `Worker 0 does not take the messages of channels: ${maxQueuedBytes} bytes wait for it already, ` +
          "so that one of channel 'chat' is dropped; post less, or raise channels.maxQueuedBytes",
      );
      // A sum may follow when that was long ago.
      expect(told().filter((message) => !message.startsWith('Worker 0 '))).toEqual([]);
    });

    test('a worker that posts more than the primary takes gets an error, and can go on later', async () => {
      const { pool, connect } = await listeningPool(kind, {
        name: 'posts-messages',
        workers: 1,
        channels: { maxQueuedBytes: 1_048_576 },
      });
      const { heard } = hearing(pool);
      const client = await connect();
      expect(await client.ask('flood')).toBe('[true,"ERR_CHANNEL_FULL"]');
      await expect.poll(() => heard.length).toBeGreaterThan(10);
      const posted = heard.length;
      // Until the news that they were taken has arrived there is no room.
      await expect
        .poll(async () => {
          await client.ask('flood');
          return heard.length;
        })
        .toBeGreaterThan(posted);
      expect(await client.ask('large 1048576')).toContain(
        'the message has 1048583 bytes, and channels.maxQueuedBytes is 1048576',
      );
      expect(() => pool.channel('chat').postMessage('x'.repeat(1_048_576))).toThrow(RangeError);
    });

    test.each<[name: unknown, got: string]>([
      [undefined, 'undefined'],
      ['', "''"],
      [7, '7'],
    ])('the name %j of a channel is refused', async (name, got) => {
      const { pool } = await listeningPool(kind, { workers: 1 });
      expect(() => pool.channel(name as string)).toThrow(
        new TypeError(`The name of a channel must be a string of 1 to 1024 characters, got ${got}`),
      );
    });
  });
}
