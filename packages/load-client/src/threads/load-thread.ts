import { parentPort, workerData } from 'node:worker_threads';
import { runShare } from './load-share.ts';
import type { SharePlan } from './share-driver.ts';
import type { FromLoadThread, ToLoadThread } from './thread-share.ts';

/** The entry of a load thread: runs its share and posts what it measures. */
async function runLoadThread(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new TypeError('Cannot run a load thread: this is no worker thread');
  const abort = new AbortController();
  const stop = new AbortController();
  const { promise: started, resolve: start } = Promise.withResolvers<number>();
  port.on('message', (message: ToLoadThread) => {
    if (message.type === 'start') start(message.startAtMs);
    else if (message.type === 'stop') stop.abort();
    else abort.abort();
  });
  const post = (message: FromLoadThread): void => port.postMessage(message);
  const result = await runShare(workerData as SharePlan, {
    ready: () => {
      post({ type: 'ready' });
      return started;
    },
    onInterval: (interval) => post({ type: 'interval', interval }),
    onReply: undefined,
    fail: ({ message }) => post({ type: 'failure', message }),
    signal: abort.signal,
    stopSignal: stop.signal,
  });
  post({ type: 'result', result });
  port.close();
}

await runLoadThread();
