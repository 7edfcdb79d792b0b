import type { LoadResult } from '../result/load-result.ts';

/** What a report is made of: one run, or several in the order in which they were made. */
export type ReportedRuns = LoadResult | readonly LoadResult[];

/** Returns the runs of a report, one or several, as a list. */
export function toRuns(reported: ReportedRuns): readonly LoadResult[] {
  return 'format' in reported ? [reported] : reported;
}
