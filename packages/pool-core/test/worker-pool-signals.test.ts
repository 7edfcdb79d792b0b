import { expect, onTestFinished, test } from 'vitest';
import { FAKE_ADDRESS } from './fixtures/fake-acceptor.ts';
import { fakeTime, pooled } from './fixtures/memory-pool.ts';
import { settle } from './fixtures/memory-worker.ts';

fakeTime();

/** A program's own listener to a signal. */
function ownListener(): void {}

function signalListeners(): number {
  return process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');
}

test('A pool listens to signals from the call of listen() until it is closed', async () => {
  const before = signalListeners();
  const { pool } = pooled({ closeOnSignals: true });
  expect(signalListeners()).toBe(before);
  const listening = pool.listen();
  expect(signalListeners()).toBe(before + 2);
  await listening;
  process.emit('SIGTERM');
  await settle();
  expect(pool.state).toBe('closing');
  await pool.close();
  expect(signalListeners()).toBe(before);
});

test('A signal that comes while a pool starts closes it when it listens, so that listen() resolves', async () => {
  const { pool, workers, events } = pooled({ closeOnSignals: true, script: { boots: false } });
  const listening = pool.listen();
  await settle();
  process.emit('SIGTERM');
  await settle();
  expect(pool.state).toBe('starting');
  for (const worker of workers.all) worker.say({ type: 'ready' });
  expect(await listening).toBe(FAKE_ADDRESS);
  await settle();
  expect(events.slice(0, 4)).toEqual(['workerReady', 'workerReady', 'listening', 'closing']);
  expect(await pool.close()).toMatchObject({ workers: { drained: 2 } });
});

test('A second signal while a pool starts destroys it, and listen() rejects in a program with listeners of its own', async () => {
  const { pool } = pooled({ closeOnSignals: true, script: { boots: false } });
  const listening = pool.listen();
  process.on('SIGINT', ownListener);
  onTestFinished(() => void process.off('SIGINT', ownListener));
  process.emit('SIGTERM', 'SIGTERM');
  process.emit('SIGINT', 'SIGINT');
  await expect(listening).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
  expect(pool.state).toBe('closed');
});
