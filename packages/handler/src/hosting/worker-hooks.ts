import { types } from 'node:util';
import { describeValue } from '@sockpool/option-checks';
import type { WorkerContext } from '../contract/connection-handler.ts';
import type { WorkerHook } from '../contract/worker-hook.ts';

/** What a handler module may export besides its handler. */
const EXPORTS = { start: 'onWorkerStart', stop: 'onWorkerStop' } as const;

/** What a worker does before it takes connections, and after its last one. */
export class WorkerHooks {
  readonly #start: WorkerHook[] = [];
  readonly #stop: WorkerHook[] = [];
  #started = false;
  #stopping: Promise<void> | undefined;

  /** Takes a hook of `currentWorker().onStart()`. */
  readonly onStart = (hook: WorkerHook): void => {
    const taken = requireHook('onStart()', hook);
    if (this.#started) {
      throw new TypeError(
        'Cannot call onStart() of the current worker: it has started; call it while modules load',
      );
    }
    this.#start.push(taken);
  };

  /** Takes a hook of `currentWorker().onStop()`. */
  readonly onStop = (hook: WorkerHook): void => {
    this.#stop.push(requireHook('onStop()', hook));
  };

  /** Whether there is something to do at the end. */
  get stops(): boolean {
    return this.#started && this.#stop.length > 0;
  }

  /** Whether that has begun. */
  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /**
   * Calls what is to be done before the worker takes connections, one after another.
   *
   * @param url the handler module, which is loaded already
   * @param worker what they are given
   * @throws {TypeError} when the module exports a hook that is no function
   * @throws {unknown} what one throws
   */
  async start(url: string, worker: WorkerContext): Promise<void> {
    const module = (await import(url)) as Readonly<Record<string, unknown>>;
    const { start, stop } = EXPORTS;
    const onStart = exportedHook(module, start);
    const onStop = exportedHook(module, stop);
    if (onStart !== undefined) this.#start.unshift(onStart);
    if (onStop !== undefined) this.#stop.push(onStop);
    for (const hook of this.#start) await hook(worker);
    this.#started = true;
  }

  /**
   * Calls what is to be done after the last connection, once: what was added last comes first. One
   * that fails keeps the others from nothing.
   *
   * @param worker what they are given
   * @returns resolves when they are done; it never rejects
   */
  stop(worker: WorkerContext): Promise<void> {
    this.#stopping ??= this.#started ? this.#stopAll(worker) : Promise.resolve();
    return this.#stopping;
  }

  async #stopAll(worker: WorkerContext): Promise<void> {
    for (const hook of this.#stop.toReversed()) {
      try {
        await hook(worker);
      } catch (error) {
        worker.logger.error(
          `${EXPORTS.stop}() failed: ${error instanceof Error ? error.message : String(error)}`,
          { error },
        );
      }
    }
  }
}

/** Finds a hook beside the handler, or in what a CommonJS module exports. */
function exportedHook(
  module: Readonly<Record<string, unknown>>,
  name: string,
): WorkerHook | undefined {
  const exported = module['default'];
  const hook = module[name] ?? ownField(exported, name);
  if (hook === undefined) return undefined;
  if (typeof hook === 'function') return hook as WorkerHook;
  throw new TypeError(
    `Export ${name} of a handler module must be a function, got ${describeValue(hook)}`,
  );
}

function ownField(value: unknown, name: string): unknown {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  if (!isObject || types.isProxy(value)) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

function requireHook(method: string, hook: unknown): WorkerHook {
  if (typeof hook === 'function') return hook as WorkerHook;
  throw new TypeError(`${method} must be given a function, got ${describeValue(hook)}`);
}
