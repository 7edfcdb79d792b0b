import { expect, onTestFinished, test } from 'vitest';
import { SignalClosing } from './signal-closing.ts';

const own = (): void => undefined;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** A pool that notes what is done to it. Signals are emitted, not sent: the test runner lives here. */
function watched() {
  const done: string[] = [];
  const note = (verb: string) => async (): Promise<void> => {
    done.push(verb);
  };
  const closing = new SignalClosing({ close: note('close'), destroy: note('destroy') }, (signal) =>
    done.push(`ended by ${signal}`),
  );
  onTestFinished(() => closing.stop());
  return { done, closing };
}

/** Takes all listeners of a signal away until the test has ended: the runner has some. */
function withoutListeners(signal: NodeJS.Signals): void {
  const listeners = process.listeners(signal);
  process.removeAllListeners(signal);
  onTestFinished(() => {
    for (const listener of listeners) process.on(signal, listener);
  });
}

function emit(signal: NodeJS.Signals): void {
  process.emit(signal, signal);
}

test.each(SIGNALS)('%s closes, and any second signal destroys', (first) => {
  for (const second of SIGNALS) {
    const { done, closing } = watched();
    emit(first);
    expect(done).toEqual(['close']);
    emit(second);
    expect(done).toEqual(['close', 'destroy']);
    closing.stop();
  }
});

test('SignalClosing takes its listeners away again, and only its own', () => {
  process.on('SIGTERM', own);
  onTestFinished(() => void process.off('SIGTERM', own));
  const before = SIGNALS.map((signal) => process.listeners(signal));
  const { done, closing } = watched();
  expect(SIGNALS.map((signal) => process.listenerCount(signal))).toEqual(
    before.map(({ length }) => length + 1),
  );
  closing.stop();
  closing.stop();
  expect(SIGNALS.map((signal) => process.listeners(signal))).toEqual(before);
  emit('SIGTERM');
  expect(done).toEqual([]);
});

test('A signal that is passed on ends the program by its last one', () => {
  for (const signal of SIGNALS) withoutListeners(signal);
  const { done, closing } = watched();
  emit('SIGINT');
  emit('SIGTERM');
  closing.passOn();
  expect(done).toEqual(['close', 'destroy', 'ended by SIGTERM']);
  expect(process.listenerCount('SIGTERM')).toBe(0);
});

test('Nothing is passed on if no signal came, or if the program listens to it itself', () => {
  for (const signal of SIGNALS) withoutListeners(signal);
  watched().closing.passOn();
  process.on('SIGTERM', own);
  onTestFinished(() => void process.off('SIGTERM', own));
  const { done, closing } = watched();
  emit('SIGTERM');
  closing.passOn();
  expect(done).toEqual(['close']);
});
