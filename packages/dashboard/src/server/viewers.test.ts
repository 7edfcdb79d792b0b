import { Writable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import type { LiveMessage, PoolSample } from '../wire.ts';
import { Viewers } from './viewers.ts';

/** An answer whose reader takes everything at once, or never anything. */
class Answer extends Writable {
  received = '';
  readonly #reads: boolean;

  constructor(reads: boolean) {
    super();
    this.#reads = reads;
  }

  writeHead(): this {
    return this;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (!this.#reads) return;
    this.received += String(chunk);
    done();
  }
}

const sample: LiveMessage = { sample: { state: 'x'.repeat(20_000) } as unknown as PoolSample };
const event: LiveMessage = {
  event: { id: 1, atMs: 0, name: 'handlerError', level: 'error', text: 'x'.repeat(100_000) },
};

const reasons: string[] = [];

function viewersOf(...answers: Answer[]): Viewers {
  reasons.length = 0;
  const viewers = new Viewers((reason) => reasons.push(reason));
  for (const answer of answers) viewers.add(answer as unknown as ServerResponse, {});
  return viewers;
}

test('A viewer that reads nothing is left out of samples, and holds up no other', () => {
  const slow = new Answer(false);
  const quick = new Answer(true);
  const viewers = viewersOf(slow, quick);
  for (let count = 0; count < 1_000; count += 1) viewers.tellMoment(sample);
  expect(slow.writableLength).toBeLessThan(100_000);
  expect(slow.destroyed).toBe(false);
  expect(quick.received.split('\n')).toHaveLength(1_002);
});

test('A viewer that reads no events is cut before they take the memory of the pool, alone', async () => {
  const slow = new Answer(false);
  const quick = new Answer(true);
  const viewers = viewersOf(slow, quick);
  const closed = new Promise((resolve) => void slow.once('close', resolve));
  for (let count = 0; count < 20; count += 1) viewers.tell(event);
  expect(slow.destroyed).toBe(true);
  expect(reasons).toEqual(["they left more than 1048576 bytes of the page's events unread"]);
  await closed;
  expect(viewers.size).toBe(1);
  expect(quick.received.split('\n')).toHaveLength(22);
});
