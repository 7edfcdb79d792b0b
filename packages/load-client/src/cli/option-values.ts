import { InvalidArgumentError } from 'commander';
import type { RateStage } from '../model/rate-schedule.ts';

const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6 };

/** Parses a number with a suffix for thousands or millions, or returns undefined. */
function parseSuffixed(text: string): number | undefined {
  const [, number, suffix = ''] = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  // Without the rounding 1.1k would be 1100.0000000000002.
  return Number((Number(number) * (FACTORS[suffix] ?? 1)).toPrecision(15));
}

/** Parses a whole number, such as `30`, `10k` or `1M`. */
export function parseCount(text: string): number {
  const count = parseSuffixed(text);
  if (count === undefined || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError("Expected a whole number, such as '30' or '10k'.");
  }
  return count;
}

/** Parses a number that may have a fraction, such as `0.5` or `1.5k`. */
function parseNumber(text: string): number {
  const number = parseSuffixed(text);
  if (number === undefined) {
    throw new InvalidArgumentError("Expected a number, such as '1000', '0.5' or '10k'.");
  }
  return number;
}

/** Parses a host; the brackets of an IPv6 address, as in URLs, are taken off. */
export function parseHost(text: string): string {
  return /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
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

/** Parses a rate such as `1000`, `1000/s` or `0.5`. */
export function parseRate(text: string): number {
  return parseNumber(text.replace(/\/s$/, ''));
}

/** Parses a stage such as `10s:1000/s`, or `10s:0..1000/s` for a rate that rises evenly. */
export function parseStage(text: string, previous: readonly RateStage[] = []): RateStage[] {
  const match = /^([^:]+):(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?\/s$/.exec(text);
  if (match === null)
    throw new InvalidArgumentError("Expected such as '10s:1000/s' or '10s:0..1000/s'.");
  const rate = Number(match[2]);
  const toRate = match[3] === undefined ? rate : Number(match[3]);
  return [...previous, { durationMs: parseDuration(match[1] ?? ''), rate, toRate }];
}

/** Parses a size or a range of sizes in bytes, such as `100` or `10..1000`. */
export function parseSizes(text: string): readonly [number, number] {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected bytes such as '100' or '10..1000'.");
  const min = Number(match[1]);
  return [min, match[2] === undefined ? min : Number(match[2])];
}

/** Adds a value to those given before. */
export function collect(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}
