import type { LoadOptions } from '../options/load-options.ts';
import { adviseOn } from '../report/advice.ts';
import type { LoadProgress } from '../threads/load-progress.ts';

/** A run that goes well has a right reply by then, in seconds. */
const SILENT_SECONDS = 2;

/**
 * Returns what to try when nothing comes back as expected in the first seconds, or undefined: once
 * for a run, in its second second.
 */
export function adviseInFirstSeconds(
  { second, total, connections }: LoadProgress,
  options: LoadOptions,
): string | undefined {
  if (second + 1 !== SILENT_SECONDS || total.right > 0) return undefined;
  return `so far ${adviseOn({ ...total, connections }, options)}`;
}
