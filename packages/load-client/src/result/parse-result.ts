import { RESULT_FORMAT, type LoadResult } from './load-result.ts';

/** Reports a text that is not a result of this tool. */
export class ResultFormatError extends Error {
  static {
    this.prototype.name = 'ResultFormatError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_RESULT_FORMAT';
}

/** Parts that everything that reads results needs. */
const PARTS = ['client', 'connections', 'errors', 'latency', 'requests', 'settings'] as const;

function isResult(value: unknown): value is LoadResult {
  if (typeof value !== 'object' || value === null) return false;
  const result = value as Partial<LoadResult>;
  return (
    result.format === RESULT_FORMAT &&
    PARTS.every((part) => typeof result[part] === 'object' && result[part] !== null) &&
    typeof result.latency?.histogram === 'string' &&
    Array.isArray(result.timeline)
  );
}

/**
 * Reads the results of a JSON text: one, or an array of several runs (`--repeat`).
 *
 * @throws {ResultFormatError} when it holds anything else; `name` says where it is from
 */
export function parseResults(text: string, name: string): readonly LoadResult[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ResultFormatError(`Cannot read '${name}': it is not JSON`, { cause: error });
  }
  const results: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (results.length > 0 && results.every(isResult)) return results;
  throw new ResultFormatError(`Cannot read '${name}': it is no result in format ${RESULT_FORMAT}`);
}
