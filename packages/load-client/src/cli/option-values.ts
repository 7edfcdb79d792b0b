import { InvalidArgumentError } from 'commander';

/** Parses a whole number, such as `30`. */
export function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/** Parses a number that may have a fraction, such as `0.5`. */
export function parseNumber(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('Expected a number.');
  return Number(text);
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Parses a duration such as `500ms`, `10s`, `1.5m` or `2h` into milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unitMs = UNIT_MS[match?.[2] ?? ''];
  if (match === null || unitMs === undefined) {
    throw new InvalidArgumentError("Expected a duration with its unit, such as '500ms' or '10s'.");
  }
  return Number(match[1]) * unitMs;
}

/** Parses a range of milliseconds such as `0..3000`, or one number for both bounds. */
export function parseRangeMs(text: string): readonly [number, number] {
  const match = /^(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected milliseconds such as '0..3000'.");
  const min = Number(match[1]);
  return [min, match[2] === undefined ? min : Number(match[2])];
}
