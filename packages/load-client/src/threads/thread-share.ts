import { Worker } from 'node:worker_threads';
import { FramingModuleError } from './framing-module.ts';
import type { ShareHooks } from './load-share.ts';
import type { IntervalSnapshot } from '../measure/recorder.ts';
import type { SharePlan } from './share-driver.ts';
import type { ShareResult } from '../result/share-result.ts';

/** What a run tells a load thread. */
export type ToLoadThread =
  | { readonly type: 'start'; readonly startAtMs: number }
  | { readonly type: 'abort' }
  | { readonly type: 'stop' };

/** What a load thread tells its run. */
export type FromLoadThread =
  | { readonly type: 'ready' }
  | { readonly type: 'interval'; readonly interval: IntervalSnapshot }
  | { readonly type: 'failure'; readonly message: string }
  | { readonly type: 'result'; readonly result: ShareResult };

/** The entry is a `.ts` file where the sources run directly. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './load-thread.ts' : './load-thread.js',
  import.meta.url,
);

/**
 * Runs one share of a load in a thread of its own and resolves when the thread has ended.
 *
 * @throws {Error} when the thread ends without a result, with the error that ended it
 */
export async function runShareInThread(
  plan: SharePlan,
  { ready, onInterval, fail, signal, stopSignal }: ShareHooks,
): Promise<ShareResult> {
  const worker = new Worker(ENTRY, { workerData: plan, name: `load-${plan.share}` });
  // A worker thread is no window: there is no origin to name.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  const tell = (message: ToLoadThread): void => worker.postMessage(message);
  const onAbort = (): void => tell({ type: 'abort' });
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const onStop = (): void => tell({ type: 'stop' });
  stopSignal.addEventListener('abort', onStop, { once: true });
  if (stopSignal.aborted) onStop();
  try {
    return await new Promise<ShareResult>((resolve, reject) => {
      let result: ShareResult | undefined;
      worker.on('message', (message: FromLoadThread) => {
        if (message.type === 'interval') onInterval(message.interval);
        else if (message.type === 'result') result = message.result;
        else if (message.type === 'failure') fail(new FramingModuleError(message.message));
        else void ready().then((startAtMs) => tell({ type: 'start', startAtMs }));
      });
      worker.once('error', reject);
      worker.once('exit', (code) => {
        if (result !== undefined) resolve(result);
        else
          reject(new Error(`Load thread ${plan.share} ended without a result: exit code ${code}`));
      });
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    stopSignal.removeEventListener('abort', onStop);
  }
}
