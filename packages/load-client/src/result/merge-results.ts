import { addErrorCounts, createErrorCounts, type ErrorCounts } from '../measure/error-class.ts';
import { ErrorReasons, type ErrorReasonCounts } from '../measure/error-reasons.ts';
import { mergeLatency, type LatencySummary } from '../measure/latency-summary.ts';
import type { LoadResult, LoadSettings, RequestCounts, TimelineEntry } from './load-result.ts';
import { RateSchedule } from '../model/rate-schedule.ts';
import { mergeSessions } from '../session/session-result.ts';
import { addConnectionCounts, addStatuses } from './result-builder.ts';

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

function mergeReasons(counts: readonly ErrorReasonCounts[]): ErrorReasonCounts {
  const total = new ErrorReasons();
  for (const each of counts) total.add(each);
  return total.snapshot();
}

const sum = (results: readonly LoadResult[], pick: (result: LoadResult) => number): number =>
  results.reduce((total, result) => total + pick(result), 0);

const measuredFromMs = ({ startedAtMs, settings }: LoadResult): number =>
  startedAtMs + settings.warmupMs;

/** Adds limits; without one on any machine there is none. */
function addLimits(limits: readonly (number | null)[]): number | null {
  return limits.reduce(
    (total, limit) => (total === null || limit === null ? null : total + limit),
    0,
  );
}

const round = (rate: number): number => Number(rate.toPrecision(9));

/** Adds the rates of several schedules, stage by stage. */
function addSchedules(schedules: readonly LoadSettings['schedule'][]): LoadSettings['schedule'] {
  const given = schedules.filter((schedule) => schedule !== null);
  if (given.length < schedules.length) return null;
  const parts = given.map(
    (stages) =>
      new RateSchedule(
        stages.map((stage) => ({
          ...stage,
          durationMs: stage.durationMs ?? Number.POSITIVE_INFINITY,
        })),
      ),
  );
  const ends = given.map((stages) => {
    let endMs = 0;
    return stages.map(({ durationMs }) => (endMs += durationMs ?? Number.POSITIVE_INFINITY));
  });
  const times = [...new Set([0, ...ends.flat()])].toSorted((a, b) => a - b);
  const rateAt = (timeMs: number): number =>
    parts.reduce((total, part) => total + part.rateAt(timeMs), 0);
  return times.slice(1).map((endMs, index) => {
    const startMs = times[index] ?? 0;
    // Just within the stage: at its ends the neighbors' rates hold.
    const insideMs = Math.min(1e-6, (endMs - startMs) / 2);
    const endless = endMs === Number.POSITIVE_INFINITY;
    const rate = round(rateAt(startMs + insideMs));
    return {
      durationMs: endless ? null : endMs - startMs,
      rate,
      toRate: endless ? rate : round(rateAt(endMs - insideMs)),
    };
  });
}

/** Adds TLS handshakes; without any on a machine there are none to add. */
function addHandshakes(results: readonly LoadResult[]): LoadResult['tlsHandshakes'] {
  const given = results.flatMap(({ tlsHandshakes }) => tlsHandshakes ?? []);
  if (given.length === 0) return null;
  return {
    full: given.reduce((total, { full }) => total + full, 0),
    resumed: given.reduce((total, { resumed }) => total + resumed, 0),
  };
}

/** How results are merged. */
export interface MergeOptions {
  /** By how much the clocks of the machines may differ, in milliseconds. @default 1000 */
  readonly clockSkewMs?: number | undefined;
}

/** The names of the steps of a session, as one text. */
function stepsOf({ sessions }: LoadResult): string {
  return JSON.stringify(sessions?.steps.map(({ name }) => name) ?? null);
}

/** Refuses results that can't be parts of one load. */
function checkMergeable(results: readonly LoadResult[], clockSkewMs: number): void {
  if (new Set(results.map(({ model }) => model)).size > 1) {
    throw new TypeError(
      'Cannot merge results of the open and the closed model: their latencies differ in meaning',
    );
  }
  if (new Set(results.map(stepsOf)).size > 1) {
    throw new TypeError(
      'Cannot merge results of different sessions: their steps must have the same names',
    );
  }
  const runs = new Set(
    results.map((each) => `${each.startedAtMs} ${each.settings.seed} ${each.latency.histogram}`),
  );
  if (runs.size < results.length) {
    throw new TypeError('Cannot merge a result with itself: one of them is given twice');
  }
  const lastStartMs = Math.max(...results.map(measuredFromMs));
  const firstEndMs = Math.min(...results.map((each) => measuredFromMs(each) + each.durationMs));
  if (lastStartMs >= firstEndMs + clockSkewMs) {
    throw new TypeError(
      'Cannot merge results of runs that were not under way at the same time: one began ' +
        `${Math.round(lastStartMs - firstEndMs)} ms after another had ended; compare repeated runs instead`,
    );
  }
}

/** Puts the seconds of all machines on one axis that starts with the first of them. */
function mergeTimelines(results: readonly LoadResult[], fromMs: number): TimelineEntry[] {
  const seconds: TimelineEntry[][] = [];
  for (const result of results) {
    const shift = Math.round((measuredFromMs(result) - fromMs) / 1000);
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
      opened: total((entry) => entry.opened),
      connections: total((entry) => entry.connections),
      latency: mergeOptionalLatency(entries.map((entry) => entry.latency)),
    };
  });
}

/**
 * Adds the results of several machines that put load on a server at the same time.
 *
 * Every count and every histogram is added exactly; percentiles are those of all replies together.
 * The throughput is the sum of the machines' own, which is the rate while all of them were at work.
 * The clocks of the machines place the seconds of the timeline, to the nearest second.
 *
 * Runs that followed one another are no such results: their rates don't add. They are refused, to
 * within the clock skew; `compareResults` is for them.
 *
 * Outcomes of conditions are in none of it: `judgeRun()` holds the sum against some.
 *
 * @throws {TypeError} when there is no result, one is given twice, they are of different models, or
 *   they were not under way at the same time
 */
export function mergeResults(
  results: readonly LoadResult[],
  { clockSkewMs = 1000 }: MergeOptions = {},
): LoadResult {
  const [first] = results;
  if (first === undefined) throw new TypeError('Cannot merge no results: give at least one');
  checkMergeable(results, clockSkewMs);
  const fromMs = Math.min(...results.map(measuredFromMs));
  const endedAtMs = Math.max(...results.map((each) => measuredFromMs(each) + each.durationMs));
  const durationMs = endedAtMs - fromMs;
  const requests = (key: keyof RequestCounts): number =>
    sum(results, (result) => result.requests[key]);
  const saturated = results.filter(({ client }) => client.saturated).length;
  // Conditions hold for what they were held against.
  const { conditions: _conditions, ...common } = first;
  return {
    ...common,
    target: [...new Set(results.map(({ target }) => target))].join(', '),
    settings: {
      ...first.settings,
      connections: sum(results, ({ settings }) => settings.connections),
      threads: sum(results, ({ settings }) => settings.threads),
      schedule: addSchedules(results.map(({ settings }) => settings.schedule)),
      totalRequests: addLimits(results.map(({ settings }) => settings.totalRequests)),
    },
    machines: sum(results, ({ machines }) => machines),
    startedAtMs: fromMs - first.settings.warmupMs,
    durationMs,
    aborted: results.some(({ aborted }) => aborted),
    requests: {
      sent: requests('sent'),
      right: requests('right'),
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
    statuses: addStatuses(results.flatMap(({ statuses }) => Object.entries(statuses))),
    errorReasons: mergeReasons(results.map(({ errorReasons }) => errorReasons)),
    differences: results.flatMap(({ differences }) => differences),
    connections: {
      asked: sum(results, ({ connections }) => connections.asked),
      ...addConnectionCounts(results.map(({ connections }) => connections)),
    },
    opened: sum(results, ({ opened }) => opened),
    closedWhileIdle: sum(results, ({ closedWhileIdle }) => closedWhileIdle),
    closedAsAnnounced: sum(results, ({ closedAsAnnounced }) => closedAsAnnounced),
    tlsHandshakes: addHandshakes(results),
    throughput: sum(results, ({ throughput }) => throughput),
    sentBytes: sum(results, ({ sentBytes }) => sentBytes),
    receivedBytes: sum(results, ({ receivedBytes }) => receivedBytes),
    latency: mergeLatency(results.map(({ latency }) => latency)),
    firstByte: mergeLatency(results.map(({ firstByte }) => firstByte)),
    serviceTime: mergeOptionalLatency(results.map(({ serviceTime }) => serviceTime)),
    sendDelay: mergeOptionalLatency(results.map(({ sendDelay }) => sendDelay)),
    connectTime: mergeLatency(results.map(({ connectTime }) => connectTime)),
    sessions: mergeSessions(results.map(({ sessions }) => sessions)),
    timeline: mergeTimelines(results, fromMs),
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

/**
 * Adds the results of several machines run by run: the first run of each with the first of the
 * others, and so on. Returns as many results as each machine has runs.
 *
 * @throws {TypeError} when the machines made different numbers of runs, or runs can't be merged
 */
export function mergeRuns(
  machines: readonly (readonly LoadResult[])[],
  options: MergeOptions = {},
): readonly LoadResult[] {
  const [first] = machines;
  if (first === undefined) throw new TypeError('Cannot merge no results: give at least one');
  const counts = machines.map((runs) => runs.length);
  if (counts.some((count) => count !== first.length)) {
    throw new TypeError(
      `Cannot merge run by run: the machines made ${counts.join(', ')} runs, and not the same number`,
    );
  }
  return first.map((_, run) =>
    mergeResults(
      machines.flatMap((runs) => runs[run] ?? []),
      options,
    ),
  );
}
