import { lookup } from 'node:dns/promises';
import type { ReplyEvent } from './load-connection.ts';
import { resolveLoadOptions, type LoadOptions, type ResolvedLoadOptions } from './load-options.ts';
import type { LoadResult } from './load-result.ts';
import { runShare } from './load-share.ts';
import { buildResult, IntervalCollector } from './result-builder.ts';
import type { ResolvedTarget } from './socket-opener.ts';

async function resolveTarget({ host, port }: ResolvedLoadOptions): Promise<ResolvedTarget> {
  const { address } = await lookup(host, { order: 'ipv4first' });
  return { host: address, port };
}

/**
 * Runs a load and resolves with its result when every socket is closed again.
 *
 * Failures of the server are counted in the result and never reject.
 *
 * @throws {TypeError} when an option has the wrong type.
 * @throws {RangeError} when an option is out of range.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const resolved = resolveLoadOptions(options);
  const target = await resolveTarget(resolved);
  const collector = new IntervalCollector();
  const stop = new AbortController();
  const signal =
    options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  let failure: { readonly error: unknown } | undefined;
  const { onReply } = options;
  const guardedOnReply =
    onReply === undefined
      ? undefined
      : (reply: ReplyEvent): void => {
          try {
            onReply(reply);
          } catch (error) {
            failure ??= { error };
            stop.abort();
          }
        };
  const startAtMs = performance.timeOrigin + performance.now();
  const share = await runShare(
    { options: resolved, target, share: 0, shares: 1, startAtMs },
    { onInterval: (interval) => collector.add(interval), onReply: guardedOnReply, signal },
  );
  if (failure !== undefined) throw failure.error;
  const aborted = options.signal?.aborted ?? false;
  const name = `${resolved.host}:${resolved.port}`;
  return buildResult(resolved, name, startAtMs, aborted, collector, [share]);
}
