import type { LoadResult } from '../result/load-result.ts';

/** Returns results as JSON: one run as an object, several as an array. */
export function formatJson(results: readonly LoadResult[]): string {
  return `${JSON.stringify(results.length === 1 ? results[0] : results, null, 2)}\n`;
}
