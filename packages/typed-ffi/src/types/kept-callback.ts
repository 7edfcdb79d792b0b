import { isMainThread } from 'node:worker_threads';

import type { CallbackAbi } from '../memory/abi.ts';
import type { ArgumentPosition } from '../errors/argument-position.ts';
import { FfiError } from '../errors/errors.ts';
import type { Memory } from '../memory/memory.ts';

/** How a callback that C keeps is made. */
export interface KeepOptions {
  /**
   * Takes what the function has thrown, or that its result does not fit; C got 0. No call
   * is there to throw it.
   * @default throws it as an uncaught exception
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

interface KeptAccess {
  is(value: unknown): value is KeptCallback;
  addressOf(callback: KeptCallback, at: ArgumentPosition, memory: Memory): bigint;
  signatureOf(callback: KeptCallback): string;
  make(source: KeptSource): KeptCallback;
}

/** What a kept callback is made from. */
export interface KeptSource {
  readonly abi: CallbackAbi;
  readonly signature: string;
  /** Makes what C calls, which reads through a backend's memory. */
  bind(memory: Memory): (raw: readonly unknown[]) => unknown;
}

let access: KeptAccess;
let alive = 0;

/** Tells whether C may call JavaScript in any call, because it keeps a callback. */
export function keepsCallbacks(): boolean {
  return alive > 0;
}

/**
 * A JavaScript function that C may keep and call after the function that it was given to
 * has returned, until it is disposed: then C gets 0, and a process warning with the code
 * `ERR_FFI_CALLBACK_EXPIRED` tells of it. It is never collected before.
 */
export class KeptCallback implements Disposable {
  readonly #source: KeptSource;
  readonly #pointers = new Map<Memory, { address: bigint; release(): void }>();
  #disposed = false;

  private constructor(source: KeptSource) {
    this.#source = source;
  }

  /** Whether it has been disposed; passing it to C is then an error. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Ends it. Tell C first, where it has a function for that. Idempotent. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#pointers.size > 0) alive--;
    for (const pointer of this.#pointers.values()) pointer.release();
    this.#pointers.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #addressIn(memory: Memory, at: ArgumentPosition): bigint {
    if (this.#disposed) {
      throw new FfiError(
        'ERR_FFI_POINTER_RELEASED',
        `Cannot call ${at.functionName}(): ${at.place} is a callback that has been disposed`,
      );
    }
    const { process } = memory;
    if (process === undefined || !isMainThread) {
      throw new FfiError(
        'ERR_FFI_UNSUPPORTED',
        `Cannot call ${at.functionName}() in a worker thread or an isolate: C would keep ${at.place} ` +
          'beyond its end',
      );
    }
    let pointer = this.#pointers.get(memory);
    if (pointer === undefined) {
      const target = this.#source.bind(memory);
      pointer = process.keep(at.functionName, this.#source.abi, (...raw) => target(raw));
      if (this.#pointers.size === 0) alive++;
      this.#pointers.set(memory, pointer);
    }
    return pointer.address;
  }

  static {
    access = {
      is: (value): value is KeptCallback =>
        typeof value === 'object' && value !== null && #source in value,
      addressOf: (callback, at, memory) => callback.#addressIn(memory, at),
      signatureOf: (callback) => callback.#source.signature,
      make: (source) => new KeptCallback(source),
    };
  }
}

/** Returns what only this package may ask of a kept callback. */
export function keptAccess(): KeptAccess {
  return access;
}
