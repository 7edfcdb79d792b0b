import { ERROR_CLASSES } from '../error-class.ts';
import type { LoadResult } from '../load-result.ts';

const HEADER = [
  'second',
  'sent',
  'right',
  ...ERROR_CLASSES,
  'sent_bytes',
  'received_bytes',
  'p50_ms',
  'p90_ms',
  'p99_ms',
  'p999_ms',
  'max_ms',
];

/** Returns the timeline as CSV: a header and one line for each second. */
export function formatCsv(result: LoadResult): string {
  const lines = result.timeline.map((entry) =>
    [
      entry.second,
      entry.sent,
      entry.right,
      ...ERROR_CLASSES.map((errorClass) => entry.errors[errorClass]),
      entry.sentBytes,
      entry.receivedBytes,
      entry.latency.p50Ms,
      entry.latency.p90Ms,
      entry.latency.p99Ms,
      entry.latency.p999Ms,
      entry.latency.maxMs,
    ].join(','),
  );
  return `${[HEADER.join(','), ...lines].join('\n')}\n`;
}
