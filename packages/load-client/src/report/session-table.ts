import type { LatencySummary } from '../measure/latency-summary.ts';
import type { SessionResult } from '../session/session-result.ts';
import { formatTime } from './format-time.ts';

const HEAD = ['right', 'failed', 'unanswered', 'p50', 'p99', 'max'] as const;

const times = (latency: LatencySummary): string[] =>
  [latency.p50Ms, latency.p99Ms, latency.maxMs].map((ms) =>
    latency.count === 0 ? '-' : formatTime(ms),
  );

/** Returns how sessions ended, as a sentence without its end. */
export function sessionEnds({ completed, failed, cut, unfinished }: SessionResult): string {
  return `${completed} completed, ${failed} failed, ${cut} cut by the end of a connection, ${unfinished} unfinished`;
}

/** Returns the steps as rows of a table, with the names of its columns, and the whole session last. */
export function sessionRows({ steps, duration }: SessionResult): string[][] {
  return [
    ['step', ...HEAD],
    ...steps.map(({ name, right, failed, unanswered, latency }) => [
      name,
      ...[right, failed, unanswered].map(String),
      ...times(latency),
    ]),
    ['whole session', '', '', '', ...times(duration)],
  ];
}
