import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

import { FfiError } from '../errors/errors.ts';

const KEY = 'sockpool.typed-ffi.turn';
const TURN = 0;
const REGISTERED = 1;

/** How long a thread may hold the turn, which takes some milliseconds: then it is taken for dead. */
const TURN_MS = 5000;

/**
 * Lets the threads of a process load ffi-rs one after the other, and one of them register
 * what it calls. ffi-rs keeps libraries and symbols in one table for the process, without
 * a lock: it is written once, here, and only read after that.
 *
 * The memory reaches worker threads as environment data, which a worker inherits when it
 * starts. No C of the caller runs in a turn, so nothing keeps it for long; a thread that
 * is ended in the middle of its turn loses it.
 */
export class ThreadTurn {
  readonly #state: Int32Array;

  private constructor(state: Int32Array) {
    this.#state = state;
  }

  /**
   * Returns the process's turn. The main thread makes it.
   *
   * @throws {FfiError} with `ERR_FFI_UNSUPPORTED` in a worker that was started before
   *   the main thread had made it
   */
  static ofProcess(): ThreadTurn {
    const inherited: unknown = getEnvironmentData(KEY);
    if (inherited instanceof SharedArrayBuffer) return new ThreadTurn(new Int32Array(inherited));
    if (!isMainThread) {
      throw new FfiError(
        'ERR_FFI_UNSUPPORTED',
        'Cannot use ffi-rs in this worker thread: the main thread must import ' +
          '@sockpool/typed-ffi before it starts workers, so that they take turns',
      );
    }
    const memory = new SharedArrayBuffer(8);
    setEnvironmentData(KEY, memory);
    return new ThreadTurn(new Int32Array(memory));
  }

  /** Runs what no other thread may run beside. */
  take<T>(run: () => T): T {
    const state = this.#state;
    const started = performance.now();
    while (Atomics.compareExchange(state, TURN, 0, 1) !== 0) {
      if (performance.now() - started > TURN_MS) break;
      Atomics.wait(state, TURN, 1, 100);
    }
    try {
      return run();
    } finally {
      Atomics.store(state, TURN, 0);
      Atomics.notify(state, TURN);
    }
  }

  /** Runs what is needed once in a process; in a turn. */
  register(run: () => void): void {
    if (Atomics.load(this.#state, REGISTERED) === 1) return;
    run();
    Atomics.store(this.#state, REGISTERED, 1);
  }
}

/** Makes the turn as soon as the main thread imports this package, before it starts workers. */
export function prepareThreads(): void {
  if (isMainThread) ThreadTurn.ofProcess();
}
