import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { FramingModuleError } from './threads/framing-module.ts';
import type { ReplyEvent } from './connection/reply-event.ts';
import type { LoadOptions, ResolvedLoadOptions } from './options/load-options.ts';
import { ProgressTracker, type LoadProgress } from './threads/load-progress.ts';
import type { LoadResult } from './result/load-result.ts';
import { runShare, type ShareHooks } from './threads/load-share.ts';
import { ProgressQueue } from './threads/progress-queue.ts';
import { resolveLoadOptions } from './options/resolve-load-options.ts';
import { buildResult, IntervalCollector } from './result/result-builder.ts';
import type { ResolvedTarget } from './target/target-address.ts';
import { runShareInThread } from './threads/thread-share.ts';

/**
 * A run under way: a promise of its result, and an iterable of its progress.
 *
 * The iteration ends with the run; each event is handed out once. Events that nobody takes are
 * dropped but for the last 60.
 */
export type LoadRun = Promise<LoadResult> & AsyncIterable<LoadProgress>;

/** A start in the near future lets all threads hear of it in time, in milliseconds. */
const START_LEAD_MS = 5;

async function resolveTarget({ host, port, path }: ResolvedLoadOptions): Promise<ResolvedTarget> {
  if (path !== null) return { path };
  try {
    const { address } = await lookup(host, { order: 'ipv4first' });
    return { host: address, port };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOTFOUND' ? 'no host has that name' : `its name is not resolved: ${message}`;
    throw new Error(`Cannot put load on '${host}:${port}': ${reason}`, { cause: error });
  }
}

function withServername(options: ResolvedLoadOptions): ResolvedLoadOptions {
  const { tls, host } = options;
  if (tls === null || tls.servername !== undefined || isIP(host) !== 0) return options;
  return { ...options, tls: { ...tls, servername: host } };
}

/** So long before an agreed start connections are opened, in milliseconds. */
const PREPARE_MS = 5_000;

/** Waits until it is time to prepare for an agreed start. */
async function waitToPrepare(startAtMs: number | null, signal: AbortSignal): Promise<void> {
  const waitMs = (startAtMs ?? 0) - Date.now() - PREPARE_MS;
  if (waitMs <= 0) return;
  try {
    await wait(waitMs, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Returns a function by which shares tell that they are ready; all hear the same start. */
function createStartLine(shares: number, startAtMs: number | null): () => Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let waiting = shares;
  return () => {
    waiting -= 1;
    if (waiting === 0) {
      const agreedMs = startAtMs === null ? 0 : startAtMs - Date.now();
      const leadMs = Math.max(agreedMs, shares === 1 ? 0 : START_LEAD_MS);
      resolve(performance.timeOrigin + performance.now() + leadMs);
    }
    return promise;
  };
}

async function run(
  options: LoadOptions,
  resolved: ResolvedLoadOptions,
  progress: ProgressQueue<LoadProgress>,
): Promise<LoadResult> {
  const target = await resolveTarget(resolved);
  const collector = new IntervalCollector();
  const { threads: shares } = resolved;
  const tracker = new ProgressTracker(shares);
  const stop = new AbortController();
  const signal =
    options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const failures: unknown[] = [];
  const fail = (error: unknown): void => {
    failures.push(error);
    stop.abort();
  };
  const { onReply } = options;
  const line = createStartLine(shares, resolved.startAtMs);
  await waitToPrepare(resolved.startAtMs, signal);
  let startedAtMs = performance.timeOrigin + performance.now();
  const hooks: ShareHooks = {
    ready: async () => {
      startedAtMs = await line();
      return startedAtMs;
    },
    onInterval: (interval) => {
      collector.add(interval);
      const event = tracker.add(interval);
      if (event !== undefined) progress.push(event);
    },
    onReply:
      onReply === undefined
        ? undefined
        : (reply: ReplyEvent): void => {
            if (signal.aborted) return;
            try {
              onReply(reply);
            } catch (error) {
              fail(error);
            }
          },
    fail,
    signal,
    stopSignal: options.stopSignal ?? new AbortController().signal,
  };
  const runOne = shares === 1 ? runShare : runShareInThread;
  const settled = await Promise.all(
    Array.from({ length: shares }, async (_, share) => {
      try {
        return await runOne({ options: withServername(resolved), target, share, shares }, hooks);
      } catch (error) {
        fail(error);
        return undefined;
      }
    }),
  );
  const aborted = signal.aborted;
  const results = settled.filter((result) => result !== undefined);
  const result = buildResult(resolved, startedAtMs, aborted, collector, results);
  const [failure] = failures;
  if (failure instanceof FramingModuleError) failure.result = result;
  if (failures.length > 0) throw failure;
  return result;
}

/**
 * Runs a load. The promise resolves with the result when every socket is closed again; failures of
 * the server are counted in it and never reject.
 *
 * @throws {TypeError} when an option has the wrong type or options contradict each other
 * @throws {RangeError} when an option is out of range
 * @throws {Error} when the host's name has no address; the cause has the system's code
 * @throws {FramingModuleError} when the framing module can't be loaded, or throws; its `result` is what was measured until then
 * @example
 * const run = runLoad({ port: 20446, connections: 30, requests: 5 });
 * for await (const { second, right } of run) console.log(second, right);
 * const { latency, errors } = await run;
 */
export function runLoad(options: LoadOptions): LoadRun {
  const progress = new ProgressQueue<LoadProgress>();
  const result = (async () => {
    try {
      return await run(options, resolveLoadOptions(options), progress);
    } finally {
      progress.end();
    }
  })();
  return Object.assign(result, {
    [Symbol.asyncIterator]: () => progress[Symbol.asyncIterator](),
  });
}
