import { addErrorCounts, createErrorCounts, type ErrorCounts } from './error-class.ts';
import { LatencyCounts } from './latency-counts.ts';
import { countsOf, summarizeLatency, type LatencySummary } from './latency-summary.ts';
import type { LoadResult, RequestCounts, TimelineEntry } from './load-result.ts';

function mergeLatency(summaries: readonly LatencySummary[]): LatencySummary {
  const counts = new LatencyCounts();
  for (const summary of summaries) counts.add(countsOf(summary));
  return summarizeLatency(counts.snapshot());
}

function mergeOptionalLatency(
  summaries: readonly (LatencySummary | null)[],
): LatencySummary | null {
  const present = summaries.filter((summary) => summary !== null);
  return present.length === 0 ? null : mergeLatency(present);
}

function mergeErrors(counts: readonly ErrorCounts[]): ErrorCounts {
  const total = createErrorCounts();
  for (const each of counts) addErrorCounts(total, each);
  return total;
}

const sum = (results: readonly LoadResult[], pick: (result: LoadResult) => number): number =>
  results.reduce((total, result) => total + pick(result), 0);

/** Puts the seconds of all machines on one axis that starts with the first of them. */
function mergeTimelines(results: readonly LoadResult[], startedAtMs: number): TimelineEntry[] {
  const seconds: TimelineEntry[][] = [];
  for (const result of results) {
    const shift = Math.round((result.startedAtMs - startedAtMs) / 1000);
    for (const entry of result.timeline) (seconds[entry.second + shift] ??= []).push(entry);
  }
  return Array.from(seconds, (entries = [], second) => {
    const total = (pick: (entry: TimelineEntry) => number): number =>
      entries.reduce((count, entry) => count + pick(entry), 0);
    return {
      second,
      sent: total((entry) => entry.sent),
      right: total((entry) => entry.right),
      errors: mergeErrors(entries.map((entry) => entry.errors)),
      sentBytes: total((entry) => entry.sentBytes),
      receivedBytes: total((entry) => entry.receivedBytes),
      latency: mergeLatency(entries.map((entry) => entry.latency)),
    };
  });
}

/**
 * Adds the results of several machines that put load on a server at the same time.
 *
 * Every count and every histogram is added exactly; percentiles are those of all replies together.
 * The clocks of the machines place the seconds of the timeline, to the nearest second.
 *
 * @throws {TypeError} when there is no result, or they are of different models.
 */
export function mergeResults(results: readonly LoadResult[]): LoadResult {
  const [first] = results;
  if (first === undefined) throw new TypeError('Cannot merge no results: give at least one');
  if (results.some(({ model }) => model !== first.model)) {
    throw new TypeError(
      'Cannot merge results of the open and the closed model: their latencies differ in meaning',
    );
  }
  const startedAtMs = Math.min(...results.map((result) => result.startedAtMs));
  const endedAtMs = Math.max(...results.map((result) => result.startedAtMs + result.durationMs));
  const durationMs = endedAtMs - startedAtMs;
  const right = sum(results, ({ requests }) => requests.right);
  const requests = (key: keyof RequestCounts): number =>
    sum(results, (result) => result.requests[key]);
  const saturated = results.filter(({ client }) => client.saturated).length;
  return {
    ...first,
    target: [...new Set(results.map(({ target }) => target))].join(', '),
    settings: {
      ...first.settings,
      connections: sum(results, ({ settings }) => settings.connections),
      threads: sum(results, ({ settings }) => settings.threads),
    },
    machines: sum(results, ({ machines }) => machines),
    startedAtMs,
    durationMs,
    aborted: results.some(({ aborted }) => aborted),
    requests: {
      sent: requests('sent'),
      right,
      failed: requests('failed'),
      unanswered: requests('unanswered'),
      unsent: requests('unsent'),
      retried: requests('retried'),
    },
    warmup: {
      requests: sum(results, ({ warmup }) => warmup.requests),
      errors: sum(results, ({ warmup }) => warmup.errors),
    },
    errors: mergeErrors(results.map(({ errors }) => errors)),
    differences: results.flatMap(({ differences }) => differences),
    opened: sum(results, ({ opened }) => opened),
    closedWhileIdle: sum(results, ({ closedWhileIdle }) => closedWhileIdle),
    closedAsAnnounced: sum(results, ({ closedAsAnnounced }) => closedAsAnnounced),
    throughput: durationMs === 0 ? 0 : (right / durationMs) * 1000,
    sentBytes: sum(results, ({ sentBytes }) => sentBytes),
    receivedBytes: sum(results, ({ receivedBytes }) => receivedBytes),
    latency: mergeLatency(results.map(({ latency }) => latency)),
    firstByte: mergeLatency(results.map(({ firstByte }) => firstByte)),
    serviceTime: mergeOptionalLatency(results.map(({ serviceTime }) => serviceTime)),
    sendDelay: mergeOptionalLatency(results.map(({ sendDelay }) => sendDelay)),
    connectTime: mergeLatency(results.map(({ connectTime }) => connectTime)),
    timeline: mergeTimelines(results, startedAtMs),
    client: {
      saturated: saturated > 0,
      verdict:
        saturated > 0
          ? `On ${saturated} of ${results.length} machines the client itself was probably the bottleneck.`
          : `On none of the ${results.length} machines the client was the bottleneck.`,
      threads: results.flatMap(({ client }) => client.threads),
    },
  };
}
