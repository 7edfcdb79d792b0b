import { expect, onTestFinished, test } from 'vitest';
import type { Logger } from '@sockpool/handler';
import { controlBySignals } from './control-signals.ts';

const SIGNALS = ['SIGHUP', 'SIGTTIN', 'SIGTTOU', 'SIGUSR2'] as const;

const silent = (): void => undefined;

/** A pool that notes what is done to it. Signals are emitted, not sent: the test runner lives here. */
function controlled(options: { workers?: number; upgrades?: boolean } = {}) {
  const done: string[] = [];
  const pending: PromiseWithResolvers<void>[] = [];
  const errors: string[] = [];
  const note = (verb: string): Promise<void> => {
    done.push(verb);
    const change = Promise.withResolvers<void>();
    pending.push(change);
    return change.promise;
  };
  const logger: Logger = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (message) => errors.push(message),
  };
  const stop = controlBySignals(
    {
      workerCount: options.workers ?? 2,
      restart: () => note('restart'),
      resize: (workers) => note(`resize ${workers}`),
      ...(options.upgrades === true && { upgrade: () => note('upgrade') }),
    },
    logger,
  );
  onTestFinished(stop);
  return { done, pending, errors, stop };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('Each signal does its own', () => {
  const { done } = controlled({ upgrades: true });
  for (const signal of SIGNALS) process.emit(signal);
  expect(done).toEqual(['restart', 'resize 3', 'resize 2', 'upgrade']);
});

test('Resizes add up while they are under way, and never go below one worker', async () => {
  const { done, pending } = controlled({ workers: 2 });
  for (const signal of ['SIGTTIN', 'SIGTTIN', 'SIGTTOU'] as const) process.emit(signal);
  expect(done).toEqual(['resize 3', 'resize 4', 'resize 3']);
  for (const { resolve } of pending) resolve();
  await settle();
  for (let times = 0; times < 3; times += 1) process.emit('SIGTTOU');
  expect(done.slice(3)).toEqual(['resize 1', 'resize 1', 'resize 1']);
});

test('SIGHUPs that come while a restart waits for its turn are one with it', async () => {
  const { done, pending } = controlled();
  for (let times = 0; times < 5; times += 1) process.emit('SIGHUP');
  expect(done).toEqual(['restart', 'restart']);
  pending[0]?.resolve();
  await settle();
  process.emit('SIGHUP');
  expect(done).toHaveLength(3);
});

test('What fails is logged, and the next signal is obeyed', async () => {
  const { done, pending, errors } = controlled();
  process.emit('SIGHUP');
  pending[0]?.reject(new Error('it does not boot'));
  await settle();
  process.emit('SIGUSR2');
  await settle();
  expect(errors).toEqual([
    'Signal SIGHUP: it does not boot',
    expect.stringMatching(/^Signal SIGUSR2: Cannot upgrade this kind of pool to a new primary/),
  ]);
  process.emit('SIGHUP');
  expect(done).toEqual(['restart', 'restart']);
});

test('controlBySignals takes its handlers away again', () => {
  const before = SIGNALS.map((signal) => process.listenerCount(signal));
  const { stop } = controlled();
  expect(SIGNALS.map((signal) => process.listenerCount(signal))).toEqual(
    before.map((count) => count + 1),
  );
  stop();
  expect(SIGNALS.map((signal) => process.listenerCount(signal))).toEqual(before);
});
