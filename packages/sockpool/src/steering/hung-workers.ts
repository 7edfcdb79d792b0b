import type { ControlClient, StatusAnswer } from '@sockpool/control/client';
import { duration } from './print.ts';

/** A worker that does not answer. */
export interface HungWorker {
  readonly workerId: number;
  readonly nativeId: number;
  /** For how long its event loop has not turned, in milliseconds. */
  readonly hungForMs: number;
  /** Since when, such as `2026-11-27T12:00:00.000Z`. */
  readonly since: string;
  /** The first frame of its stack, such as `at spin (/app/server.js:3:5)`; null while it is not known. */
  readonly at: string | null;
}

/** How long a stack is waited for, in milliseconds: what is looked at must not hang as well. */
const STACK_MS = 2_000;

/** What a command knows of the workers that hang. */
export class HungWorkers {
  readonly #pool: Pick<ControlClient, 'stack'>;
  /** Where each hangs, by its process or thread id; asked for once. */
  readonly #places = new Map<number, string | null>();

  /** @param pool whose workers they are */
  constructor(pool: Pick<ControlClient, 'stack'>) {
    this.#pool = pool;
  }

  /**
   * Names the workers that hang, and where.
   *
   * @param health how the pool is
   */
  async find({ workers }: StatusAnswer['health']): Promise<HungWorker[]> {
    const nowMs = Date.now();
    const hung = workers.filter(({ condition }) => condition === 'hung' || condition === 'stuck');
    return Promise.all(
      hung.map(async ({ workerId, nativeId, blockedMs }) => ({
        workerId,
        nativeId,
        hungForMs: Math.round(blockedMs),
        since: new Date(nowMs - blockedMs).toISOString(),
        at: await this.#placeOf(workerId, nativeId),
      })),
    );
  }

  async #placeOf(workerId: number, nativeId: number): Promise<string | null> {
    const known = this.#places.get(nativeId);
    if (known !== undefined) return known;
    const { promise, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(() => resolve(null), STACK_MS);
    try {
      // One without a stack, such as with `health.stack: false`, hangs all the same.
      const stack = this.#pool.stack(workerId, nativeId).catch(() => '');
      const place = frameOf((await Promise.race([stack, promise])) ?? '');
      this.#places.set(nativeId, place);
      return place;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The first frame of the program, else the first one. */
function frameOf(stack: string): string | null {
  const frames = stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '));
  return frames.find((frame) => !frame.includes('node:')) ?? frames[0] ?? null;
}

/**
 * Such as `Worker 1 (4711) hangs for 7.2 s at spin (/app/server.js:3:5); sockpool stack --worker 1 shows more`.
 *
 * @param hung the worker
 */
export function hungText({ workerId, nativeId, hungForMs, at }: HungWorker): string {
  const where = at === null ? '' : ` ${at}`;
  return (
    `Worker ${workerId} (${nativeId}) hangs for ${duration(hungForMs)}${where}; ` +
    `sockpool stack --worker ${workerId} shows more`
  );
}
