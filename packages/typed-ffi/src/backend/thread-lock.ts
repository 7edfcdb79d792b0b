import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

import { FfiError } from '../errors.ts';

const KEY = 'sockpool.typed-ffi.lock';
const WRITER = -(2 ** 30);
const GIVE_UP_AFTER_MS = 10_000;

/**
 * A lock that all threads of the process share: many calls at a time, or one that
 * registers something.
 *
 * ffi-rs keeps its libraries and symbols in one table for the process, without a
 * lock of its own, so that registering in one thread while another calls would be a
 * data race. The memory of the lock reaches worker threads as environment data,
 * which a worker inherits when it starts.
 */
export class ThreadLock {
  readonly #state: Int32Array;

  private constructor(state: Int32Array) {
    this.#state = state;
  }

  /**
   * Returns the process's lock. The main thread makes it.
   *
   * @throws {FfiError} with `ERR_FFI_UNSUPPORTED` in a worker that was started before
   *   the main thread had made it.
   */
  static ofProcess(): ThreadLock {
    const inherited: unknown = getEnvironmentData(KEY);
    if (inherited instanceof SharedArrayBuffer) return new ThreadLock(new Int32Array(inherited));
    if (!isMainThread) {
      throw new FfiError(
        'ERR_FFI_UNSUPPORTED',
        'Cannot use ffi-rs in this worker thread: the main thread must import ' +
          '@sockpool/typed-ffi before it starts workers, so that they share its lock',
      );
    }
    return ThreadLock.#make();
  }

  static #make(): ThreadLock {
    const memory = new SharedArrayBuffer(4);
    setEnvironmentData(KEY, memory);
    return new ThreadLock(new Int32Array(memory));
  }

  /** Runs a call, beside other calls. */
  shared<T>(run: () => T): T {
    this.enterShared();
    try {
      return run();
    } finally {
      this.leaveShared();
    }
  }

  /** Starts what {@link leaveShared} ends. */
  enterShared(): void {
    while (Atomics.add(this.#state, 0, 1) < 0) {
      const seen = Atomics.sub(this.#state, 0, 1) - 1;
      if (seen < 0) Atomics.wait(this.#state, 0, seen, 100);
    }
  }

  leaveShared(): void {
    if (Atomics.sub(this.#state, 0, 1) === 1) Atomics.notify(this.#state, 0);
  }

  /**
   * Runs what no other thread may run beside.
   *
   * @throws {FfiError} with `ERR_FFI_BUSY` when calls in other threads do not end in 10 s.
   */
  exclusive<T>(run: () => T): T {
    const started = performance.now();
    for (;;) {
      const seen = Atomics.compareExchange(this.#state, 0, 0, WRITER);
      if (seen === 0) break;
      if (performance.now() - started > GIVE_UP_AFTER_MS) {
        throw new FfiError(
          'ERR_FFI_BUSY',
          `Cannot register a library: calls in other threads have not ended in ${GIVE_UP_AFTER_MS} ms`,
        );
      }
      Atomics.wait(this.#state, 0, seen, 100);
    }
    try {
      return run();
    } finally {
      Atomics.sub(this.#state, 0, WRITER);
      Atomics.notify(this.#state, 0);
    }
  }
}

/** Makes the lock as soon as the main thread imports this package, before it starts workers. */
export function prepareThreads(): void {
  if (isMainThread) ThreadLock.ofProcess();
}
