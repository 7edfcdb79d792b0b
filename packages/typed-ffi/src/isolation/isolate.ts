import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import {
  requireDurationMs,
  requireInteger,
  requireKnownOptions,
  requireObject,
} from '@sockpool/option-checks';

import type { BackendName } from '../backend/backend.ts';
import type { RawErrnoResult } from '../memory/raw-function.ts';
import { FfiError, type FfiErrorCode } from '../errors/errors.ts';
import type { Memory } from '../memory/memory.ts';
import type { IsolateMessage, IsolateReply, IsolateRequest } from './isolate-message.ts';

interface QueuedCall {
  readonly request: IsolateRequest;
  /** The child whose addresses are among the arguments; undefined when there are none. */
  readonly domain: object | undefined;
  resolve(returned: unknown): void;
  reject(error: unknown): void;
}

/** How an isolate runs. */
export interface IsolateOptions {
  /** How many calls may wait or run; more are rejected. @default 1000 */
  readonly maxPendingCalls?: number;
  /**
   * How long a call may take before the child is killed; 0 is forever. The time to
   * start a child does not count. @default 0
   */
  readonly callTimeoutMs?: number;
  /**
   * How long a new child may take until it can be called. After that it is killed and
   * the call that it was started for is rejected. @default 30000
   */
  readonly startTimeoutMs?: number;
}

const KNOWN: Required<IsolateOptions> = Object.freeze({
  maxPendingCalls: 1000,
  callTimeoutMs: 0,
  startTimeoutMs: 30_000,
});

const childFile = new URL(
  import.meta.url.endsWith('.ts') ? './isolate-child.ts' : './isolate-child.js',
  import.meta.url,
);

/** How long an idle child may take to exit when it is told to. */
const EXIT_WITHIN_MS = 2000;

/**
 * Runs calls in a child process, in order, one at a time. The child is started at the
 * first call and after a crash at the next one; it does not keep the program running
 * while it is idle, and ends with it.
 */
export class Isolate {
  /** Reads what the child has fetched with its last answer. */
  readonly memory: Memory;
  readonly #maxPendingCalls: number;
  readonly #callTimeoutMs: number;
  readonly #startTimeoutMs: number;
  readonly #queue: QueuedCall[] = [];
  #child: ChildProcess | undefined;
  #ready = false;
  #running: QueuedCall | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why the child was killed, when it was too slow. */
  #tooSlow: string | undefined;
  #domain: object = {};
  #fetched: Uint8Array | string | undefined;
  /** The address of what has been fetched, in the child. */
  #fetchedFrom: bigint | undefined;
  #closed = false;

  constructor(options: IsolateOptions) {
    requireKnownOptions(requireObject('The options of isolated()', options), KNOWN, {
      of: 'isolated()',
    });
    this.#maxPendingCalls = requireInteger('maxPendingCalls', options.maxPendingCalls ?? 1000, {
      min: 1,
    });
    this.#callTimeoutMs = requireDurationMs('callTimeoutMs', options.callTimeoutMs ?? 0);
    this.#startTimeoutMs = requireDurationMs('startTimeoutMs', options.startTimeoutMs ?? 30_000, {
      min: 1,
    });
    const domain = (): object => this.#domain;
    this.memory = {
      get domain() {
        return domain();
      },
      read: (address) => {
        if (address === this.#fetchedFrom && this.#fetched instanceof Uint8Array) {
          return this.#fetched;
        }
        throw notFetched();
      },
      readString: (address) => {
        if (address === this.#fetchedFrom && typeof this.#fetched === 'string') {
          return this.#fetched;
        }
        throw notFetched();
      },
    };
  }

  /** The child's process id, when there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Queues a call; the promise is rejected when the child dies of it. */
  call(request: IsolateRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const pending = this.#queue.length + (this.#running === undefined ? 0 : 1);
      if (this.#closed) {
        reject(isolateError('CLOSED', request, 'the isolate is closed'));
      } else if (pending >= this.#maxPendingCalls) {
        reject(isolateError('FULL', request, `${pending} calls are pending (maxPendingCalls)`));
      } else {
        const domain = passesAddresses(request) ? this.#domain : undefined;
        this.#queue.push({ request, domain, resolve, reject });
        this.#next();
      }
    });
  }

  /**
   * Ends the child: by SIGKILL in the middle of a call, otherwise by its own exit, so
   * that what C has printed is not lost. Pending calls are rejected. Idempotent.
   */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { request, reject } of this.#queue.splice(0)) {
      reject(isolateError('CLOSED', request, 'the isolate was closed'));
    }
    const child = this.#child;
    if (child === undefined) return;
    child.ref();
    const exited = once(child, 'exit');
    if (this.#running === undefined && child.connected) child.disconnect();
    else child.kill('SIGKILL');
    const slow = setTimeout(() => child.kill('SIGKILL'), EXIT_WITHIN_MS);
    await exited;
    clearTimeout(slow);
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const call = this.#queue.shift();
    if (call === undefined) return;
    if (call.domain !== undefined && call.domain !== this.#domain) {
      call.reject(
        new FfiError(
          'ERR_FFI_POINTER_RELEASED',
          `Cannot call ${call.request.symbol}() in its isolate: the child that a pointer is of has ended`,
        ),
      );
      this.#next();
      return;
    }
    this.#running = call;
    const child = this.#child ?? this.#start(call.request.backend);
    child.ref();
    child.channel?.ref();
    if (this.#ready) this.#send(child, call);
  }

  /** Sends the running call to a child that listens, and starts the call's clock. */
  #send(child: ChildProcess, call: QueuedCall): void {
    if (this.#callTimeoutMs > 0) {
      this.#killAfter(child, this.#callTimeoutMs, `it took more than ${this.#callTimeoutMs} ms`);
    }
    try {
      child.send(call.request, (error) => {
        // When the child is gone, its exit is reported as well.
        if (error !== null && child.exitCode === null && child.signalCode === null)
          child.kill('SIGKILL');
      });
    } catch (error) {
      // The arguments are too large for a message.
      this.#finish();
      call.reject(error);
      this.#next();
    }
  }

  #killAfter(child: ChildProcess, timeoutMs: number, reason: string): void {
    this.#timer = setTimeout(() => {
      this.#tooSlow = reason;
      child.kill('SIGKILL');
    }, timeoutMs);
  }

  #start(backend: BackendName): ChildProcess {
    // The child loads the backend before its first call, whose time it is not.
    const child = fork(childFile, [backend], { execArgv: [], serialization: 'advanced' });
    this.#child = child;
    this.#ready = false;
    this.#killAfter(
      child,
      this.#startTimeoutMs,
      `the child was not ready within ${this.#startTimeoutMs} ms (startTimeoutMs)`,
    );
    // What a child that has ended leaves in its channel answers no call of the next one.
    child.on('message', (message: IsolateMessage) => {
      if (child !== this.#child) return;
      if ('ready' in message) this.#started(child);
      else this.#settle(message);
    });
    child.once('error', (error) => this.#ended(error.message));
    child.once('exit', (code, signal) =>
      this.#ended(
        signal === null ? `the child ended with code ${code}` : `the child ended by ${signal}`,
      ),
    );
    return child;
  }

  #started(child: ChildProcess): void {
    this.#ready = true;
    clearTimeout(this.#timer);
    if (this.#running !== undefined) this.#send(child, this.#running);
  }

  #finish(): QueuedCall | undefined {
    const call = this.#running;
    this.#running = undefined;
    clearTimeout(this.#timer);
    return call;
  }

  #settle(reply: IsolateReply): void {
    const call = this.#finish();
    if (call === undefined) return;
    if (this.#queue.length === 0) {
      this.#child?.unref();
      this.#child?.channel?.unref();
    }
    if (reply.ok) {
      copyBack(call.request.values, reply.values);
      this.#fetched = reply.fetched;
      this.#fetchedFrom = addressIn(reply.returned);
      call.resolve(reply.returned);
    } else {
      call.reject(errorFrom(reply));
    }
    this.#next();
  }

  #ended(reason: string): void {
    if (this.#child === undefined) return;
    this.#child = undefined;
    // Addresses of the old child mean nothing in the next one.
    this.#domain = {};
    const call = this.#finish();
    const cause = this.#tooSlow ?? reason;
    this.#tooSlow = undefined;
    if (call !== undefined) {
      call.reject(
        this.#closed
          ? isolateError('CLOSED', call.request, 'the isolate was closed')
          : isolateError('CRASHED', call.request, cause),
      );
    }
    this.#next();
  }
}

/** Returns the address that a call has returned, with errno or without. */
function addressIn(returned: unknown): bigint | undefined {
  const value =
    typeof returned === 'object' && returned !== null && 'errno' in returned
      ? (returned as RawErrnoResult).value
      : returned;
  return typeof value === 'bigint' ? BigInt.asUintN(64, value) : undefined;
}

/** Makes the error for what only the child could read: it fetches what a result points to. */
function notFetched(): FfiError {
  return new FfiError(
    'ERR_FFI_UNSUPPORTED',
    'Cannot read the memory of an isolate: only what a result itself points to is fetched, no ' +
      'text in outputs or structs; call it without isolated()',
  );
}

/** Tells whether a call hands an address of the child back to it. */
function passesAddresses({ signature, values }: IsolateRequest): boolean {
  const { parameters, holdingPointers = [] } = signature;
  return (
    holdingPointers.length > 0 || parameters.some((abi, i) => abi === 'address' && values[i] !== 0n)
  );
}

function isolateError(
  kind: 'CLOSED' | 'CRASHED' | 'FULL',
  request: IsolateRequest,
  reason: string,
): FfiError {
  return new FfiError(
    `ERR_FFI_ISOLATE_${kind}`,
    `Cannot call ${request.symbol}() in its isolate: ${reason}`,
  );
}

function errorFrom(reply: Extract<IsolateReply, { ok: false }>): Error {
  if (reply.code?.startsWith('ERR_FFI_') === true) {
    return new FfiError(reply.code as FfiErrorCode, reply.message);
  }
  return reply.name === 'TypeError' ? new TypeError(reply.message) : new Error(reply.message);
}

/** Puts what C has left in the child's buffers into those of the call. */
function copyBack(own: readonly unknown[], theirs: readonly unknown[]): void {
  for (const [i, view] of own.entries()) {
    const changed = theirs[i];
    if (!ArrayBuffer.isView(view) || !ArrayBuffer.isView(changed)) continue;
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(
      new Uint8Array(changed.buffer, changed.byteOffset, changed.byteLength),
    );
  }
}
