import { type ChildProcess, fork } from 'node:child_process';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import type { SharedSocket } from '@sockpool/worker-supervisor';
import { type CopyRequest, SOURCE_FD } from './copies-channel.ts';

const ENTRY = fileURLToPath(new URL('./copies-main.js', import.meta.url));

/**
 * Makes listeners on one listening socket, each with a descriptor of its own, so that
 * a thread that dies closes its own only, and what waits in the backlog stays.
 *
 * Node duplicates no descriptor for a program. But a descriptor that is sent to a
 * process arrives there as a new one, so a child process gets the socket and sends it
 * back, once for each copy. It lives for as long as copies are wanted, which is some
 * 50 ms when a pool starts, and again when it replaces a thread.
 */
export class ListenerCopies {
  readonly #source: () => SharedSocket | undefined;
  readonly #wanted: PromiseWithResolvers<net.Server>[] = [];
  /** Copying processes that have not ended; only the last one may still be at work. */
  readonly #children = new Set<ChildProcess>();
  #copying: ChildProcess | undefined;
  #nextId = 0;
  #closed = false;

  /**
   * @param source gives the socket to be copied
   */
  constructor(source: () => SharedSocket | undefined) {
    this.#source = source;
  }

  /**
   * Makes one more listener. It listens already and would accept: whoever gets it must
   * move or close it before the next turn of the event loop.
   *
   * @throws {Error} when the copying process cannot be started or ends too early, or after the close
   */
  copy(): Promise<net.Server> {
    const source = this.#source();
    if (this.#closed || source === undefined) {
      return Promise.reject(new Error('Cannot copy the listening socket: the pool has closed it'));
    }
    const copy = Promise.withResolvers<net.Server>();
    this.#wanted.push(copy);
    if (this.#copying === undefined) this.#start(source);
    return copy.promise;
  }

  /** Rejects what is wanted, and ends the copying process at once. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const child of this.#children) child.kill('SIGKILL');
    this.#copying = undefined;
    this.#fail('the pool has closed it');
  }

  #start({ fd, backlog }: SharedSocket): void {
    let child: ChildProcess;
    try {
      const stdio: (number | 'ignore' | 'inherit' | 'ipc')[] = ['ignore', 'ignore', 'inherit'];
      stdio[SOURCE_FD] = fd;
      child = fork(ENTRY, [String(backlog)], { stdio: [...stdio, 'ipc'], execArgv: [] });
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
      return;
    }
    this.#copying = child;
    this.#children.add(child);
    child
      .on('message', (_, handle: unknown) => this.#deliver(child, handle, backlog))
      .on('error', (error) => this.#onEnd(child, error.message))
      .once('exit', (code, signal) =>
        this.#onEnd(child, `ended by ${signal ?? `exit code ${code}`}`),
      );
    this.#ask();
  }

  /** One request at a time, so that the child's answer never has to wait for its turn. */
  #ask(): void {
    const request: CopyRequest = { sockpoolCopy: this.#nextId++ };
    // A failure means that the process is ending, which its exit event tells.
    this.#copying?.send(request, () => undefined);
  }

  #deliver(child: ChildProcess, handle: unknown, backlog: number): void {
    if (child !== this.#copying) {
      // The last answer of one that was killed: who waited for it has been told.
      if (handle instanceof net.Server) handle.close();
      return;
    }
    const copy = this.#wanted.shift();
    if (handle instanceof net.Server) {
      // Node has called listen() for it with its default backlog, which counts for all copies.
      copy?.resolve(net.createServer().listen(handle, backlog));
    } else {
      copy?.reject(new Error('Cannot copy the listening socket: no descriptor has arrived'));
    }
    if (this.#wanted.length > 0) {
      this.#ask();
      return;
    }
    if (child.connected) child.disconnect();
    this.#copying = undefined;
  }

  #onEnd(child: ChildProcess, why: string): void {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      this.#children.delete(child);
    }
    if (child !== this.#copying) return;
    this.#copying = undefined;
    this.#fail(`the copying process ${why}`);
  }

  #fail(why: string): void {
    for (const copy of this.#wanted.splice(0)) {
      copy.reject(new Error(`Cannot copy the listening socket: ${why}`));
    }
  }
}
