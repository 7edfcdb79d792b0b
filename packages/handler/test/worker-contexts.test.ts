import { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { eitherOrder } from '../src/hosting/either-order.ts';
import { WorkerContexts } from '../src/hosting/worker-contexts.ts';

const ignore = (): undefined => undefined;

function contexts(): WorkerContexts {
  return new WorkerContexts({
    workerId: 0,
    loggerOf: () => eitherOrder(ignore),
    workerData: undefined,
    waitUntil: ignore,
    countMessages: ignore,
  });
}

const FIRST = { connectionId: 1, addressIndex: 0 } as const;
const CLOSE = { reason: 'close', deadlineMs: Infinity, expectsConnections: false } as const;

test("A connection's signal fires when the worker goes away while it is open, and is aborted after that", () => {
  const made = contexts();
  const [open, closed, late] = [new Socket(), new Socket(), new Socket()];
  const [signal, letGo] = [made.open(open, FIRST).signal, made.open(closed, FIRST).signal];
  made.close(closed);
  made.leave(CLOSE);
  expect([signal.aborted, letGo.aborted]).toEqual([true, false]);
  expect(made.open(late, FIRST).signal.aborted).toBe(true);
  expect(made.worker.signal.aborted).toBe(true);
  expect(made.worker.departure).toBe(CLOSE);
});

test("A context gives the same signal and logger again, and a copy has all but these, which are the connection's own", () => {
  const made = contexts();
  const context = made.open(new Socket(), FIRST);
  expect(context.signal).toBe(context.signal);
  expect(context.logger).toBe(context.logger);
  expect(Object.keys({ ...context }).toSorted()).toEqual([
    'addressIndex',
    'connectionId',
    'countMessages',
    'waitUntil',
    'worker',
    'workerData',
    'workerId',
  ]);
});

test('A signal and its listeners are let go with their connection', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const made = contexts();
  const signals: WeakRef<AbortSignal>[] = [];
  const serve = (): void => {
    const connection = new Socket();
    const { signal } = made.open(connection, FIRST);
    signal.addEventListener('abort', () => connection.destroy());
    signals.push(new WeakRef(signal));
    made.close(connection);
  };
  for (let count = 0; count < 1_000; count += 1) serve();
  // What a weak reference has given is kept until the end of a turn of the event loop, and one
  // collection need not find everything: every poll is a turn and a collection.
  await expect
    .poll(() => {
      gc();
      return signals.filter((signal) => signal.deref() !== undefined).length;
    })
    .toBe(0);
  made.leave(CLOSE);
});
