import { parentPort, workerData } from 'node:worker_threads';
import { type LoadOptions, type LoadResult, runLoad } from '@sockpool/load-client';
import { startNetworkProxy } from '@sockpool/load-client/network-proxy';
import type { ClientPlan } from './client-plan.ts';
import type { FromClientThread, ToClientThread } from './client-side.ts';

/** How long the first reply is awaited, in milliseconds. */
const FIRST_REPLY_MS = 5_000;

/** The entry of the clients' thread: the network, if one is asked for, and both kinds of clients. */
async function runClients(plan: ClientPlan): Promise<void> {
  const port = parentPort;
  if (port === null) throw new TypeError('Cannot run the clients: this is no worker thread');
  const post = (message: FromClientThread): void => port.postMessage(message);
  let patience: NodeJS.Timeout | undefined;
  const stop = new AbortController();
  const abort = new AbortController();
  port.on('message', (message: ToClientThread) => (message === 'stop' ? stop : abort).abort());
  try {
    await using proxy =
      plan.network === null
        ? undefined
        : await startNetworkProxy({ target: plan.target, ...plan.network });
    const target =
      proxy === undefined ? plan.target : { host: proxy.address.address, port: proxy.port };
    const load = (options: LoadOptions): Promise<LoadResult> =>
      runLoad({ ...options, ...target, stopSignal: stop.signal, signal: abort.signal });
    // Before its first reply a load is not under way; a server that gives none is disturbed as well.
    const replied = Promise.withResolvers<void>();
    patience = setTimeout(() => replied.resolve(), FIRST_REPLY_MS);
    const running = Promise.all([
      load({ ...plan.held, onReply: () => replied.resolve() }),
      plan.newConnections === null ? undefined : load(plan.newConnections),
    ]);
    await Promise.race([replied.promise, running]);
    clearTimeout(patience);
    post({ type: 'started' });
    const [held, newConnections] = await running;
    const targetErrors = proxy?.stats().targetErrors ?? {};
    post({ type: 'ended', held, newConnections, targetErrors });
  } catch (error) {
    const { name, message, code, stack } = error as NodeJS.ErrnoException;
    post({ type: 'failed', name, message, code, stack });
    abort.abort();
  } finally {
    clearTimeout(patience);
    port.close();
  }
}

await runClients(workerData as ClientPlan);
