import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { WorkerContext } from '../contract/connection-handler.ts';
import { eitherOrderOnto } from './either-order.ts';
import { WorkerHooks } from './worker-hooks.ts';
import { WorkerContexts } from './worker-contexts.ts';

const ignore = (): undefined => undefined;

/** A worker whose hooks note what they do in its data. */
function worker(): { context: WorkerContext; done: string[]; errors: string[] } {
  const done: string[] = [];
  const errors: string[] = [];
  const error = (message: string): void => void errors.push(message);
  const { worker: context } = new WorkerContexts({
    workerId: 0,
    loggerOf: () => eitherOrderOnto({ debug: ignore, info: ignore, warn: ignore, error }),
    workerData: done,
    waitUntil: ignore,
    countMessages: ignore,
  });
  return { context, done, errors };
}

async function moduleOf(name: string, source: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-hooks-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), source);
  return pathToFileURL(join(folder, name)).href;
}

const NOTES = '({ workerData }) => workerData.push';

test.each([
  [
    'an ECMAScript module',
    'handler.mjs',
    `export default () => {};
    export const onWorkerStart = async ${NOTES}('start');
    export const onWorkerStop = ${NOTES}('stop');`,
  ],
  [
    'a CommonJS module that exports a function',
    'handler.cjs',
    `module.exports = () => {};
    module.exports.onWorkerStart = ${NOTES}('start');
    module.exports.onWorkerStop = ${NOTES}('stop');`,
  ],
  [
    'a transpiled CommonJS module',
    'transpiled.cjs',
    `Object.defineProperty(exports, '__esModule', { value: true });
    exports.default = () => {};
    exports.onWorkerStart = ${NOTES}('start');
    exports.onWorkerStop = ${NOTES}('stop');`,
  ],
])('Hooks of %s are called', async (_kind, name, source) => {
  const { context, done } = worker();
  const hooks = new WorkerHooks();
  await hooks.start(await moduleOf(name, source), context);
  expect([...done]).toEqual(['start']);
  expect(hooks.stops).toBe(true);
  await Promise.all([hooks.stop(context), hooks.stop(context)]);
  expect(done).toEqual(['start', 'stop']);
});

test('A hook that is no function is refused, and so is one that comes too late', async () => {
  const { context } = worker();
  const wrong = await moduleOf(
    'wrong.mjs',
    'export default () => {}; export const onWorkerStop = 5;',
  );
  await expect(new WorkerHooks().start(wrong, context)).rejects.toThrow(
    new TypeError('Export onWorkerStop of a handler module must be a function, got 5'),
  );
  const hooks = new WorkerHooks();
  await hooks.start(await moduleOf('none.mjs', 'export default () => {};'), context);
  expect(hooks.stops).toBe(false);
  expect(() => hooks.onStart(() => undefined)).toThrow('the current worker: it has started');
  expect(() => hooks.onStop('later' as never)).toThrow("must be given a function, got 'later'");
});

test('Of several hooks at the end the last one is called first, and one that fails is told', async () => {
  const { context, done, errors } = worker();
  const hooks = new WorkerHooks();
  hooks.onStop(() => void done.push('first'));
  hooks.onStop(() => Promise.reject(new Error('no more')));
  await hooks.start(
    await moduleOf(
      'handler.mjs',
      `export default () => {}; export const onWorkerStop = ${NOTES}('last');`,
    ),
    context,
  );
  await hooks.stop(context);
  expect(done).toEqual(['last', 'first']);
  expect(errors).toEqual(['onWorkerStop() failed: no more']);
});

test('A worker that has not started does nothing at its end', async () => {
  const { context, done } = worker();
  const hooks = new WorkerHooks();
  hooks.onStop(() => void done.push('stop'));
  await hooks.stop(context);
  expect([hooks.stops, done]).toEqual([false, []]);
});
