import { expect, onTestFinished, test } from 'vitest';
import { closeOnSignals } from './signal-closing.ts';

const own = (): void => undefined;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** A pool that notes what is done to it. Signals are emitted, not sent: the test runner lives here. */
function watched() {
  const done: string[] = [];
  const note = (verb: string) => async (): Promise<void> => {
    done.push(verb);
  };
  const stop = closeOnSignals({ close: note('close'), destroy: note('destroy') });
  onTestFinished(stop);
  return { done, stop };
}

test.each(SIGNALS)('%s closes, and any second signal destroys', (first) => {
  for (const second of SIGNALS) {
    const { done, stop } = watched();
    process.emit(first);
    expect(done).toEqual(['close']);
    process.emit(second);
    expect(done).toEqual(['close', 'destroy']);
    stop();
  }
});

test('closeOnSignals takes its handlers away again, and only its own', () => {
  process.on('SIGTERM', own);
  onTestFinished(() => void process.off('SIGTERM', own));
  const before = SIGNALS.map((signal) => process.listeners(signal));
  const { done, stop } = watched();
  expect(SIGNALS.map((signal) => process.listenerCount(signal))).toEqual(
    before.map(({ length }) => length + 1),
  );
  stop();
  stop();
  expect(SIGNALS.map((signal) => process.listeners(signal))).toEqual(before);
  process.emit('SIGTERM');
  expect(done).toEqual([]);
});
