import { ERROR_CLASSES } from '../measure/error-class.ts';
import type { LoadResult } from '../result/load-result.ts';
import { toRuns, type ReportedRuns } from './repeated-runs.ts';

const HEADER = [
  'run',
  'second',
  'sent',
  'right',
  ...ERROR_CLASSES,
  'sent_bytes',
  'received_bytes',
  'opened',
  'connections',
  'p50_ms',
  'p90_ms',
  'p99_ms',
  'p999_ms',
  'max_ms',
];

function linesOf(result: LoadResult, run: number): string[] {
  return result.timeline.map((entry) =>
    [
      run,
      entry.second,
      entry.sent,
      entry.right,
      ...ERROR_CLASSES.map((errorClass) => entry.errors[errorClass]),
      entry.sentBytes,
      entry.receivedBytes,
      entry.opened,
      entry.connections,
      entry.latency?.p50Ms ?? '',
      entry.latency?.p90Ms ?? '',
      entry.latency?.p99Ms ?? '',
      entry.latency?.p999Ms ?? '',
      entry.latency?.maxMs ?? '',
    ].join(','),
  );
}

/**
 * Returns the timelines as CSV: a header, and one line for each second of each run. Runs count from
 * 1 in the order given, seconds from 0 within their run.
 */
export function formatCsv(results: ReportedRuns): string {
  const runs = toRuns(results);
  const lines = runs.flatMap((result, index) => linesOf(result, index + 1));
  return `${[HEADER.join(','), ...lines].join('\n')}\n`;
}
