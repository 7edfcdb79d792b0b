import { countsOf, type LatencySummary } from '../measure/latency-summary.ts';
import { RESULT_FORMAT, type LoadResult } from './load-result.ts';

/** Reports a text that is not a result of this tool. */
export class ResultFormatError extends Error {
  static {
    this.prototype.name = 'ResultFormatError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_RESULT_FORMAT';
}

const COUNTS = ['sent', 'right', 'failed', 'unanswered', 'unsent', 'retried'] as const;
const SUMMARIES = ['latency', 'firstByte', 'connectTime'] as const;
const OBJECTS = ['settings', 'warmup', 'errors', 'errorReasons', 'connections', 'client'] as const;
/** What holds the words of whoever made the run, numbers among them. */
const OF_ITS_MAKER: ReadonlySet<string> = new Set(['settings', 'differences', 'conditions']);

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}

function isReadable(summary: Fields): boolean {
  try {
    countsOf(summary as unknown as LatencySummary);
    return true;
  } catch {
    return false;
  }
}

/** Finds what nothing measured can have: a number below 0, or a histogram that can't be decoded. */
function impossibleIn(value: unknown, place: string): string | undefined {
  if (typeof value === 'number' && value < 0) return `${place} is ${value}, which cannot be`;
  const fields = fieldsOf(value) ?? {};
  if ('histogram' in fields && !isReadable(fields)) {
    return `${place} has no histogram that can be read`;
  }
  for (const [name, part] of Object.entries(fields)) {
    const found = impossibleIn(part, `${place}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Says what keeps a value from being a result, in half a sentence; undefined when it is one. */
function faultOf(value: unknown): string | undefined {
  const result = fieldsOf(value);
  if (result?.['format'] !== RESULT_FORMAT) return `it is no result in format ${RESULT_FORMAT}`;
  const object = OBJECTS.find((name) => fieldsOf(result[name]) === undefined);
  if (object !== undefined) return `${object} is missing`;
  if (!Array.isArray(result['timeline'])) return 'timeline is missing';
  const summary = SUMMARIES.find((name) => fieldsOf(result[name])?.['histogram'] === undefined);
  if (summary !== undefined) return `${summary}.histogram is missing`;
  const counts = fieldsOf(result['requests']);
  const count = COUNTS.find((name) => !Number.isSafeInteger(counts?.[name]));
  if (count !== undefined) return `requests.${count} must be a whole number`;
  for (const [name, part] of Object.entries(result)) {
    const found = OF_ITS_MAKER.has(name) ? undefined : impossibleIn(part, name);
    if (found !== undefined) return found;
  }
  const { sent, right, failed, unanswered } = counts as Readonly<Record<string, number>>;
  const known = Number(right) + Number(failed) + Number(unanswered);
  return sent === known
    ? undefined
    : `requests.sent is ${sent}, but right, failed and unanswered make ${known}`;
}

/**
 * Reads the results of a JSON text: one, or an array of several runs (`--repeat`).
 *
 * @throws {ResultFormatError} when it holds anything else, or figures that no run can have; `name`
 *   says where it is from
 */
export function parseResults(text: string, name: string): readonly LoadResult[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ResultFormatError(`Cannot read '${name}': it is not JSON`, { cause: error });
  }
  const results: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (results.length === 0) throw new ResultFormatError(`Cannot read '${name}': it has no result`);
  for (const result of results) {
    const fault = faultOf(result);
    if (fault !== undefined) throw new ResultFormatError(`Cannot read '${name}': ${fault}`);
  }
  return results as readonly LoadResult[];
}
