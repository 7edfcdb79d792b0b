import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { FramingModuleError, type LoadResult } from '@sockpool/load-client';
import type { ClientPlan } from './client-plan.ts';

/** What the check tells the clients: to send nothing more and await replies, or to end at once. */
export type ToClientThread = 'stop' | 'abort';

/** What the clients tell the check. */
export type FromClientThread =
  | { readonly type: 'started' }
  | {
      readonly type: 'ended';
      readonly held: LoadResult;
      readonly newConnections: LoadResult | undefined;
      /** Connections that the server behind the network did not take, by the error's code. */
      readonly targetErrors: Readonly<Record<string, number>>;
    }
  | {
      readonly type: 'failed';
      readonly name: string;
      readonly message: string;
      readonly code: string | undefined;
      readonly stack: string | undefined;
    };

/** What both kinds of clients measured. */
export type ClientResults = Pick<
  Extract<FromClientThread, { type: 'ended' }>,
  'held' | 'newConnections' | 'targetErrors'
>;

/** The entry is a `.ts` file where the sources run directly. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './client-thread.ts' : './client-thread.js',
  import.meta.url,
);

const ERRORS: Readonly<Record<string, new (message: string) => Error>> = {
  FramingModuleError,
  RangeError,
  TypeError,
};

/**
 * The clients of a check. They run in a thread of their own, with the network that they are
 * behind, so that whatever the caller's thread is busy with hides nothing from them.
 */
export class ClientSide {
  readonly #worker: Worker;
  /** Resolves when the load is under way. */
  readonly started: Promise<void>;
  /** Resolves with what was measured when the clients have ended. */
  readonly results: Promise<ClientResults>;

  constructor(plan: ClientPlan) {
    this.#worker = new Worker(ENTRY, { workerData: plan, name: 'zero-loss-clients' });
    const started = Promise.withResolvers<void>();
    const results = Promise.withResolvers<ClientResults>();
    this.started = started.promise;
    this.results = results.promise;
    const fail = (error: unknown): void => {
      started.reject(error);
      results.reject(error);
    };
    this.#worker.on('message', (message: FromClientThread) => {
      if (message.type === 'started') started.resolve();
      else if (message.type === 'ended') results.resolve(message);
      else fail(revive(message));
    });
    this.#worker.once('error', fail);
    this.#worker.once('exit', (code) => {
      fail(new Error(`Cannot measure: the thread of the clients exited with ${code}`));
    });
    // Whoever awaits them hears of it; until then a rejection is no accident.
    this.started.catch(() => undefined);
    this.results.catch(() => undefined);
  }

  /** Sends nothing more and awaits the replies that are outstanding. */
  stop(): void {
    this.#tell('stop');
  }

  /** Ends every connection at once, and the thread. */
  async abort(): Promise<void> {
    if (this.#worker.threadId === -1) return;
    const exited = once(this.#worker, 'exit');
    this.#tell('abort');
    await exited;
  }

  #tell(message: ToClientThread): void {
    // A worker thread is no window: there is no origin to name.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#worker.postMessage(message);
  }
}

/** Makes an error of the clients' thread one of this thread, of the same class. */
function revive(failed: Extract<FromClientThread, { type: 'failed' }>): Error {
  const { name, message, code, stack } = failed;
  const error = new (ERRORS[name] ?? Error)(message);
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
