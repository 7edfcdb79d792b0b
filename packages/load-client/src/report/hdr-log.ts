import { HistogramLogWriter } from 'hdr-histogram-js';
import { toHdrHistogram } from '../latency-counts.ts';
import { countsOf } from '../latency-summary.ts';
import type { LoadResult } from '../load-result.ts';

/** Returns the latencies as an HdrHistogram log (version 1.3): one histogram in nanoseconds for each second. */
export function formatHdrLog(result: LoadResult): string {
  let log = '';
  const writer = new HistogramLogWriter((text) => {
    log += text;
  });
  const startMs = result.startedAtMs + result.settings.warmupMs;
  writer.outputLogFormatVersion();
  writer.outputComment(`[${result.modelNote}]`);
  writer.outputComment(
    `[StartTime: ${(startMs / 1000).toFixed(3)} (seconds since epoch), ${new Date(startMs).toISOString()}]`,
  );
  writer.outputLegend();
  writer.baseTime = startMs;
  for (const entry of result.timeline) {
    const lastMs = Math.max(result.durationMs - entry.second * 1000, 1);
    const histogram = toHdrHistogram(countsOf(entry.latency));
    histogram.startTimeStampMsec = startMs + entry.second * 1000;
    histogram.endTimeStampMsec = histogram.startTimeStampMsec + Math.min(1000, lastMs);
    // The maximum is printed in milliseconds, as other tools do for histograms in nanoseconds.
    writer.outputIntervalHistogram(histogram, undefined, undefined, 1_000_000);
  }
  return log;
}
