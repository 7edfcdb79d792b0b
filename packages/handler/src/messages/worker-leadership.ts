import { describeValue } from '@sockpool/option-checks';

/** What a worker tells the pool of its leadership. */
export interface LeadershipPort {
  /** The worker has tasks for a leader. */
  want(): void;
  /** It has none any more, or goes away and they have ended. */
  release(): void;
  /** Makes a leaving worker wait for a task that runs. */
  waitUntil(work: Promise<unknown>): void;
  /** A task has failed. */
  failed(error: unknown): void;
}

/** A task that a leader runs, until its promise settles or, without one, until the signal aborts. */
export type LeaderTask<Result = unknown> = (signal: AbortSignal) => Result | PromiseLike<Result>;

/** One call of {@link runOnLeader}. */
interface PendingTask {
  readonly start: () => void;
  readonly giveUp: () => void;
}

/** The leadership of one worker: its tasks wait until the pool makes it the leader. */
export class WorkerLeadership {
  readonly #port: LeadershipPort;
  readonly #leaving: AbortSignal;
  readonly #waiting = new Set<PendingTask>();
  #running = 0;
  #leads = false;

  /**
   * @param port the line to the pool
   * @param leaving fires when the worker leaves
   */
  constructor(port: LeadershipPort, leaving: AbortSignal) {
    this.#port = port;
    this.#leaving = leaving;
    leaving.addEventListener('abort', () => this.#leave(), { once: true });
  }

  /** Runs a task when the worker leads; see {@link runOnLeader}. */
  run<Result>(task: LeaderTask<Result>): Promise<Result | undefined> {
    if (this.#leaving.aborted) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<Result | undefined>();
    const start = (): void => resolve(this.#run(task));
    if (this.#leads) {
      start();
    } else {
      if (this.#waiting.size === 0) this.#port.want();
      this.#waiting.add({ start, giveUp: () => resolve(undefined) });
    }
    // The caller need not look: a failure is told anyway.
    promise.catch(() => undefined);
    return promise;
  }

  /** The pool has made the worker the leader. */
  lead(): void {
    if (this.#leads) return;
    this.#leads = true;
    const tasks = [...this.#waiting];
    this.#waiting.clear();
    for (const { start } of tasks) start();
    this.#letGo();
  }

  async #run<Result>(task: LeaderTask<Result>): Promise<Result | undefined> {
    this.#running += 1;
    const work = this.#settled(task);
    this.#port.waitUntil(work.catch(() => undefined));
    try {
      return await work;
    } catch (error) {
      this.#port.failed(error);
      throw error;
    } finally {
      this.#running -= 1;
      this.#letGo();
    }
  }

  /** A task that returns no promise has begun something that goes on, such as an interval. */
  async #settled<Result>(task: LeaderTask<Result>): Promise<Result> {
    const result = task(this.#leaving);
    if (isPromise(result)) return await result;
    if (!this.#leaving.aborted) {
      await new Promise((resolve) =>
        this.#leaving.addEventListener('abort', resolve, { once: true }),
      );
    }
    return result;
  }

  #letGo(): void {
    if (!this.#leads || this.#running > 0) return;
    this.#leads = false;
    this.#port.release();
  }

  #leave(): void {
    for (const { giveUp } of this.#waiting) giveUp();
    this.#waiting.clear();
  }
}

function isPromise<Result>(result: Result | PromiseLike<Result>): result is PromiseLike<Result> {
  return typeof (result as PromiseLike<Result> | undefined)?.then === 'function';
}

/** Shared by all copies of this package that a program may have installed. */
const KEY = Symbol.for('@sockpool/handler/leadership');

/**
 * Says how the tasks of this worker come to lead, for code that starts workers.
 *
 * @param leadership that of the worker
 */
export function setLeadership(leadership: WorkerLeadership): void {
  Object.defineProperty(globalThis, KEY, { value: leadership, configurable: true });
}

/**
 * Runs a task on one worker of the pool at a time: every worker asks, one leads. The next leader begins
 * only when the last one has let go, which is when the promises of its tasks have settled, or has
 * died. A task that returns no promise, such as one that begins an interval, leads until
 * its signal aborts. No two leaders run at once, also while a restart has two generations of
 * workers; the newest generation leads first. Outside of a pool it runs at once.
 *
 * @param task gets a signal that aborts when its worker begins to go away: end then, since the
 *   successor waits, and so does the worker, within the grace period
 * @returns what the task returns; undefined when the worker leaves before it leads. It rejects
 *   with what the task throws, which is logged as well, so that nobody needs to look
 * @throws {TypeError} when the task is no function
 * @example
 * runOnLeader((signal) => {
 *   const timer = setInterval(sendMails, 60_000);
 *   signal.addEventListener('abort', () => clearInterval(timer));
 * });
 */
export function runOnLeader<Result>(task: LeaderTask<Result>): Promise<Result | undefined> {
  if (typeof task !== 'function') {
    throw new TypeError(
      `Cannot run a task on the leader: it must be a function, got ${describeValue(task)}`,
    );
  }
  const leadership = Reflect.get(globalThis, KEY) as WorkerLeadership | undefined;
  return leadership === undefined ? alone(task) : leadership.run(task);
}

/** Nobody else could lead, and nobody would say that the program leaves. */
async function alone<Result>(task: LeaderTask<Result>): Promise<Result> {
  return task(new AbortController().signal);
}
