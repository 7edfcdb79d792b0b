import { type ChildProcess, fork } from 'node:child_process';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  type ChildStdio,
  type SharedSocket,
  withoutInspector,
  withoutSockets,
} from '@sockpool/pool-core';
import { isCopyRequest, SOURCE_FD } from './copies-channel.ts';

const ENTRY = fileURLToPath(new URL('./copies-main.js', import.meta.url));

/** How many copying processes in a row may end before they have copied anything. */
const MAX_FAILURES = 10;

/** Time until the next attempt after a failure, in milliseconds, times the failures so far. */
const RETRY_MS = 20;

/** Errors of a start that may succeed a moment later. */
const PASSING: ReadonlySet<unknown> = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** A copy that is being made. */
export interface ListenerCopy {
  /**
   * Resolves to the listener. It listens already and would accept: whoever gets it must move or
   * close it before the next turn of the event loop.
   */
  readonly made: Promise<net.Server>;
  /** Gives it up: it is not wanted any more. */
  cancel(): void;
}

/**
 * Makes listeners on one listening socket, each with a descriptor of its own, so that
 * a thread that dies closes its own only, and what waits in the backlog stays.
 *
 * Node duplicates no descriptor for a program. But a descriptor that is sent to a
 * process arrives there as a new one, so a child process gets the socket and sends it
 * back, once for each copy. It lives for as long as copies are wanted, which is some
 * 50 ms when a pool starts, and again when it replaces a thread. One that is killed, or
 * cannot be started for the moment, is replaced by another.
 */
export class ListenerCopies {
  readonly #source: () => SharedSocket | undefined;
  readonly #wanted: PromiseWithResolvers<net.Server>[] = [];
  /** Copying processes that have not ended; only the last one may still be at work. */
  readonly #children = new Set<ChildProcess>();
  #copying: ChildProcess | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  /** The number of the request that is under way. */
  #requestId = 0;
  #closed = false;

  /**
   * @param source gives the socket to be copied
   */
  constructor(source: () => SharedSocket | undefined) {
    this.#source = source;
  }

  /**
   * Makes one more listener.
   *
   * @returns it rejects when no copying process can be started or each one ends too early, and
   *   after the close
   */
  copy(): ListenerCopy {
    const copy = Promise.withResolvers<net.Server>();
    this.#wanted.push(copy);
    if (this.#copying === undefined && this.#retryTimer === undefined) this.#start();
    return { made: copy.promise, cancel: () => this.#cancel(copy) };
  }

  /** Rejects what is wanted, and ends the copying process at once. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#stop();
    this.#fail('the pool has closed it');
  }

  #start(): void {
    this.#retryTimer = undefined;
    const source = this.#source();
    if (this.#closed || source === undefined) {
      this.#fail('the pool has closed it');
      return;
    }
    let child: ChildProcess;
    try {
      child = startCopying(source);
    } catch (error) {
      this.#startFailed(error);
      return;
    }
    this.#copying = child;
    this.#children.add(child);
    child
      .on('message', (message, handle: unknown) =>
        this.#deliver(child, message, handle, source.backlog),
      )
      .on('error', (error) => this.#onError(child, error))
      .once('exit', (code, signal) => this.#onExit(child, code, signal));
    this.#ask();
  }

  /** One request at a time, so that the child's answer never has to wait for its turn. */
  #ask(): void {
    this.#requestId += 1;
    // One that could not be spawned because descriptors ran out has no channel; its error tells so.
    if (this.#copying?.connected !== true) return;
    // A failure means that the process is ending, which its exit event tells.
    this.#copying.send({ sockpoolCopy: this.#requestId }, () => undefined);
  }

  #deliver(child: ChildProcess, message: unknown, handle: unknown, backlog: number): void {
    const current = child === this.#copying;
    if (!current || !isCopyRequest(message) || message.sockpoolCopy !== this.#requestId) {
      // The last answer of one that was killed, or a message of somebody else.
      if (handle instanceof net.Server) handle.close();
      return;
    }
    if (handle instanceof net.Server) {
      this.#failures = 0;
      // Node has called listen() for it with its default backlog, which counts for all copies.
      const copy = net.createServer().listen(handle, backlog);
      const wanted = this.#wanted.shift();
      if (wanted === undefined) copy.close();
      else wanted.resolve(copy);
    } else {
      // Such as without a free descriptor here.
      this.#wanted.shift()?.reject(reason('no descriptor has arrived'));
    }
    if (this.#wanted.length > 0) {
      this.#ask();
      return;
    }
    if (child.connected) child.disconnect();
    this.#copying = undefined;
  }

  #onError(child: ChildProcess, error: Error): void {
    // Other errors are about a message to a process that is just ending.
    if (child.pid !== undefined) return;
    this.#children.delete(child);
    if (child !== this.#copying) return;
    this.#copying = undefined;
    this.#startFailed(error);
  }

  #startFailed(error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = `the copying process cannot be started: ${message}`;
    if (PASSING.has(code)) this.#retry(why);
    else this.#fail(why);
  }

  #onExit(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    this.#children.delete(child);
    if (child !== this.#copying) return;
    this.#copying = undefined;
    // Signals to all processes end Node while it starts. Another start of one that exits by
    // itself would end the same way.
    if (signal === null) this.#fail(`the copying process ended with exit code ${code}`);
    else this.#retry(`the copying process ended by ${signal}`);
  }

  #retry(why: string): void {
    this.#failures += 1;
    if (this.#failures >= MAX_FAILURES) {
      this.#failures = 0;
      this.#fail(why);
    } else {
      this.#retryTimer = setTimeout(() => this.#start(), RETRY_MS * this.#failures);
    }
  }

  #cancel(copy: PromiseWithResolvers<net.Server>): void {
    const index = this.#wanted.indexOf(copy);
    if (index < 0) return;
    this.#wanted.splice(index, 1);
    copy.reject(reason('it is not wanted any more'));
    // One that hangs would keep the next ones waiting as well.
    if (this.#wanted.length === 0) this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    for (const child of this.#children) child.kill('SIGKILL');
    this.#copying = undefined;
  }

  #fail(why: string): void {
    for (const copy of this.#wanted.splice(0)) copy.reject(reason(why));
  }
}

function startCopying({ fd, backlog }: SharedSocket): ChildProcess {
  const stdio: ChildStdio = ['ignore', 'ignore', 'inherit'];
  stdio[SOURCE_FD] = fd;
  stdio.push('ipc');
  const start = (covered: ChildStdio): ChildProcess =>
    fork(ENTRY, [String(backlog)], {
      stdio: covered,
      execArgv: [],
      env: withoutInspector(process.env),
      // Signals to the program's process group are not for it, not even while it starts.
      detached: true,
    });
  return withoutSockets(stdio, start).child;
}

function reason(why: string): Error {
  return new Error(`Cannot copy the listening socket: ${why}`);
}
