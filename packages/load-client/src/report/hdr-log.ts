import { HistogramLogWriter } from 'hdr-histogram-js';
import { toHdrHistogram } from '../measure/latency-counts.ts';
import { countsOf } from '../measure/latency-summary.ts';
import type { LoadResult } from '../result/load-result.ts';
import { toRuns, type ReportedRuns } from './repeated-runs.ts';

const measuredFromMs = ({ startedAtMs, settings }: LoadResult): number =>
  startedAtMs + settings.warmupMs;

/**
 * Returns the latencies as an HdrHistogram log (version 1.3): one histogram in nanoseconds for each
 * second of each run. With several runs each line has its run as tag, `Tag=run-1` and so on, and
 * its time says when the run was.
 */
export function formatHdrLog(results: ReportedRuns): string {
  const runs = toRuns(results);
  let log = '';
  const writer = new HistogramLogWriter((text) => {
    log += text;
  });
  const startMs = Math.min(...runs.map(measuredFromMs));
  writer.outputLogFormatVersion();
  for (const note of new Set(runs.map(({ modelNote }) => modelNote))) {
    writer.outputComment(`[${note}]`);
  }
  writer.outputComment(
    `[StartTime: ${(startMs / 1000).toFixed(3)} (seconds since epoch), ${new Date(startMs).toISOString()}]`,
  );
  writer.outputLegend();
  writer.baseTime = startMs;
  for (const [index, run] of runs.entries()) {
    const tag = runs.length === 1 ? undefined : `run-${index + 1}`;
    for (const entry of run.timeline) {
      if (entry.latency === null) continue;
      const lastMs = Math.max(run.durationMs - entry.second * 1000, 1);
      const histogram = toHdrHistogram(countsOf(entry.latency));
      histogram.startTimeStampMsec = measuredFromMs(run) + entry.second * 1000;
      histogram.endTimeStampMsec = histogram.startTimeStampMsec + Math.min(1000, lastMs);
      if (tag !== undefined) histogram.tag = tag;
      // The maximum is printed in milliseconds, as other tools do for histograms in nanoseconds.
      writer.outputIntervalHistogram(histogram, undefined, undefined, 1_000_000);
    }
  }
  return log;
}
