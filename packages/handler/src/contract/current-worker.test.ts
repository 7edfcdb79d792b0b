import { expect, onTestFinished, test } from 'vitest';
import { currentWorker, setCurrentWorker } from './current-worker.ts';

const ignore = (): undefined => undefined;

test('currentWorker() is undefined outside of a pool, and what was told last inside', () => {
  expect(currentWorker()).toBeUndefined();
  const worker = {
    id: 1,
    generation: 2,
    addresses: ['/run/app.sock'],
    signal: new AbortController().signal,
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    workerData: { name: 'data' },
    departure: undefined,
    waitUntil: ignore,
    onStart: ignore,
    onStop: ignore,
  };
  setCurrentWorker(worker);
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, Symbol.for('@sockpool/handler/current-worker'));
  });
  expect(currentWorker()).toBe(worker);
});
